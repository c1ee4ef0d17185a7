namespace Orchestrator.Actors.Persistence;

/// <summary>What waits for the journal on this node.</summary>
/// <param name="Writes">Writes not confirmed yet.</param>
/// <param name="Bytes">Their size; new commands are refused as busy from <see cref="JournalWriterOptions.MaxBytesInFlight"/> on.</param>
/// <param name="OldestAge">How long the oldest has waited; an admission control sheds load by it.</param>
/// <param name="IsAvailable">Whether the journal answers.</param>
public readonly record struct JournalBacklog(int Writes, long Bytes, TimeSpan OldestAge, bool IsAvailable);
