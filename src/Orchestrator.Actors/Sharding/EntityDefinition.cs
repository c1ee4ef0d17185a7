using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors.Sharding;

/// <summary>One kind of persistent entity and its limits.</summary>
/// <typeparam name="TState">The state.</typeparam>
/// <typeparam name="TCommand">The commands.</typeparam>
/// <typeparam name="TEvent">The events.</typeparam>
public sealed record EntityDefinition<TState, TCommand, TEvent>
{
    /// <summary>The stable number of the kind, as stored in the journal; never reused.</summary>
    public required int Kind { get; init; }

    /// <summary>The kind's name in diagnostics.</summary>
    public required string KindName { get; init; }

    /// <summary>Makes a fresh instance for every start and restart.</summary>
    public required Func<PersistenceId, PersistentActor<TState, TCommand, TEvent>> Create { get; init; }

    /// <summary>Encodes and decodes the events.</summary>
    public required IEventCodec<TEvent> Events { get; init; }

    /// <summary>Encodes commands and replies for other nodes; null keeps every entity of the kind to callers on its own node.</summary>
    public IMessageCodec<TCommand>? Messages { get; init; }

    /// <summary>Bring stored events of earlier versions up to date before <see cref="Events"/> decodes them.</summary>
    public EventUpcasters Upcasters { get; init; } = EventUpcasters.None;

    /// <summary>Encodes and decodes the state; null means no snapshots.</summary>
    public ISnapshotCodec<TState>? Snapshots { get; init; }

    /// <summary>Events between snapshots.</summary>
    public int SnapshotEvery { get; init; } = 100;

    /// <summary>An entity without a turn for this long leaves memory.</summary>
    public TimeSpan PassivateAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Commands that may wait for one entity; more are refused as busy.</summary>
    public int MailboxCapacity { get; init; } = 256;

    /// <summary>Commands one entity may put aside.</summary>
    public int StashCapacity { get; init; } = 256;

    /// <summary>When a failed entity starts again. Infrastructure errors do not count towards the limit.</summary>
    public RestartPolicy Restart { get; init; } = new();

    /// <summary>Recoveries in a row that fail the same way at the same event, after which the entity waits for an operator.</summary>
    public int QuarantineAfter { get; init; } = 5;
}
