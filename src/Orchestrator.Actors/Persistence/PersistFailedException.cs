namespace Orchestrator.Actors.Persistence;

/// <summary>The journal did not confirm an entity's events: the entity stops and reads its history again.</summary>
public sealed class PersistFailedException : Exception
{
    internal PersistFailedException(PersistenceId id, WriteResult result)
        : base($"The events of {id} were not confirmed by the journal ({result.Outcome}). The entity restarts from the journal.", result.Error)
    {
        Id = id;
        IsFenced = result.Outcome == WriteOutcome.ShardLost;
    }

    /// <summary>The entity.</summary>
    public PersistenceId Id { get; }

    /// <summary>Whether another node owns the shard now.</summary>
    public bool IsFenced { get; }
}
