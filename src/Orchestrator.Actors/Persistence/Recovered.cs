namespace Orchestrator.Actors.Persistence;

/// <summary>An entity as its history leaves it.</summary>
internal readonly record struct Recovered<TState>(TState State, long SequenceNr, byte[] Hash, long SnapshotNr);
