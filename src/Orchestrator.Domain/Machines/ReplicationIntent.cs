namespace Orchestrator.Domain.Machines;

/// <summary>Whether and which way replication should run now.</summary>
/// <param name="Mode">What to do.</param>
/// <param name="Direction">Which way.</param>
/// <param name="Activation">The fencing number of the session; its reports carry it.</param>
public readonly record struct ReplicationIntent(ReplicationMode Mode, Direction Direction, long Activation);
