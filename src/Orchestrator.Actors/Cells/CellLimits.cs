namespace Orchestrator.Actors.Cells;

/// <summary>The bounds of one cell.</summary>
internal readonly record struct CellLimits(int MailboxCapacity, int StashCapacity, int Quantum);
