namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    private static State? EvolveReplication(State state, Event @event) => state switch
    {
        State.InitialReplication s => EvolveCopy(s, @event),
        State.Protected s => EvolveDelta(s, @event),
        State.FailingOver s when EvolveDelta(s.From, @event) is { } from =>
            s with { From = from, Failover = Finally(s.Failover, @event) },
        _ => null,
    };

    private static State? EvolveCopy(State.InitialReplication s, Event @event) => @event switch
    {
        Event.InitialReplicationStarted e => s with { BytesDone = 0, BytesTotal = 0, IsResync = e.IsResync },
        Event.InitialReplicationProgressed e => s with { BytesDone = e.BytesDone, BytesTotal = e.BytesTotal },
        Event.InitialReplicationCompleted => new State.Protected(
            s.Protection, s.Replication, new ResyncState.None(), new TestState.None(), PointList.Empty),
        _ => EvolveFailure(s.Replication, @event) is { } replication ? s with { Replication = replication } : null,
    };

    private static State.Protected? EvolveDelta(State.Protected s, Event @event) => @event switch
    {
        Event.RecoveryPointRecorded e => s with { Points = s.Points.Add(e.Point) },
        Event.RecoveryPointsExpired e => s with { Points = s.Points.Without(e.Points) },
        Event.ResyncMarked e => s with { Resync = new ResyncState.Marked(e.Reason) },
        Event.ResyncStarted => s with { Resync = new ResyncState.Running() },
        Event.ResyncCompleted => s with { Resync = new ResyncState.None() },
        _ => EvolveFailure(s.Replication, @event) is { } replication ? s with { Replication = replication } : null,
    };

    private static ReplicationState? EvolveFailure(ReplicationState was, Event @event) => (was, @event) switch
    {
        (_, Event.ReplicationFailed { RetryAt: { } retryAt } e) =>
            new ReplicationState.Retrying(e.Attempt, e.Code, e.Message, retryAt, e.Generation),
        (_, Event.ReplicationFailed e) => new ReplicationState.Stopped(e.Code, e.Message, StoppedAdvice, e.Generation),
        (ReplicationState.Retrying r, Event.ReplicationRetried) =>
            new ReplicationState.Recovering(r.Attempt, r.Code, r.Message, r.Generation),
        (ReplicationState.Stopped r, Event.ReplicationRetried) =>
            new ReplicationState.Recovering(0, r.Code, r.Message, r.Generation),
        (_, Event.ReplicationRecovered) => new ReplicationState.Normal(was.Generation),
        _ => null,
    };

    /// <summary>A planned failover goes to the final point that is taken during it, and to no other.</summary>
    private static Failover Finally(Failover failover, Event @event) =>
        failover.Kind == FailoverKind.Planned
            && @event is Event.RecoveryPointRecorded { Point: { Kind: RecoveryPointKind.Final } point }
            ? failover with { Point = point.Id }
            : failover;
}
