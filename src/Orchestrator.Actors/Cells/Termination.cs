namespace Orchestrator.Actors.Cells;

/// <summary>How a cell ended.</summary>
/// <param name="Error">The failure; null after a wanted stop.</param>
internal readonly record struct Termination(Exception? Error);
