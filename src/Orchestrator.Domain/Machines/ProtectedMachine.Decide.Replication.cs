namespace Orchestrator.Domain.Machines;

public static partial class ProtectedMachine
{
    private static Decision DecideRetry(State state, Command.RetryReplication c) =>
        ReplicationOf(state) is ReplicationState.Retrying waiting && waiting.Generation == c.Generation
            ? Decision.Accept(new Event.ReplicationRetried(c.Generation, c.At))
            : Decision.Nothing; // A late timer: the failure it was for is over.

    private static Decision DecideWhileInitialReplication(State.InitialReplication s, Command command) => command switch
    {
        Command.ReportInitialProgress c when c.BytesTotal != s.BytesTotal || c.BytesDone > s.BytesDone =>
            Decision.Accept(
            [
                .. Recovery(s.Replication, c.At), new Event.InitialReplicationProgressed(
                    c.BytesDone, c.BytesTotal, c.At),
            ]),
        Command.ReportInitialProgress => Decision.Nothing,
        Command.CompleteInitialReplication c =>
            Decision.Accept([.. Recovery(s.Replication, c.At), new Event.InitialReplicationCompleted(c.At)]),
        Command.ReportReplicationFailure c => FailReplication(s.Replication, c),
        Command.ReportReplicationRecovered c => Decision.Accept(Recovery(s.Replication, c.At)),
        Command.MarkResync when s is { BytesDone: 0, BytesTotal: 0 } => Decision.Nothing,
        // The log is lost: from the start.
        Command.MarkResync c => Decision.Accept(new Event.InitialReplicationStarted(s.IsResync, c.At)),
        Command.Disable c => Disable(s, c),
        _ => NotNow(s, command),
    };

    /// <summary>The reports of a link that ships deltas or compares; also while a failover still drains it.</summary>
    private static Decision DecideReplication(State.Protected s, Command command) => command switch
    {
        Command.RecordPoint c when s.Points.Find(c.Point.Id) is not null => Decision.Nothing,
        Command.RecordPoint c =>
            Decision.Accept([.. Recovery(s.Replication, c.At), new Event.RecoveryPointRecorded(c.Point, c.At)]),
        Command.ReportReplicationFailure c => FailReplication(s.Replication, c),
        Command.ReportReplicationRecovered c => Decision.Accept(Recovery(s.Replication, c.At)),
        Command.MarkResync when s.Resync is ResyncState.Marked => Decision.Nothing,
        Command.MarkResync c => Decision.Accept(new Event.ResyncMarked(c.Reason, c.At)),
        Command.CompleteResync when s.Resync is ResyncState.None => Decision.Nothing,
        Command.CompleteResync c when s.Resync is ResyncState.Running =>
            Decision.Accept([.. Recovery(s.Replication, c.At), new Event.ResyncCompleted(c.At)]),
        Command.ReportInitialProgress or Command.CompleteInitialReplication => Decision.Nothing,
        _ => NotReplicating(s),
    };

    private static Decision FailReplication(ReplicationState replication, Command.ReportReplicationFailure c) =>
        replication switch
    {
        ReplicationState.Stopped => Decision.Nothing,
        // Waiting already; one failure is reported by many.
        ReplicationState.Retrying when c.IsTransient => Decision.Nothing,
        ReplicationState.Retrying r => Decision.Accept(FailureOf(r, r.Attempt, c)),
        ReplicationState.Recovering r => Decision.Accept(FailureOf(r, r.Attempt + 1, c)),
        _ => Decision.Accept(FailureOf(replication, 1, c)),
    };

    private static Event.ReplicationFailed FailureOf(
        ReplicationState was, int attempt, Command.ReportReplicationFailure c) => new(
        c.Code, c.Message, c.IsTransient, attempt, c.IsTransient ? c.At + RetrySchedule.DelayAfter(attempt) : null,
        was.Generation + 1, c.At);

    /// <summary>Progress of any kind proves that an attempt works; before the next attempt it is only what was still on
    /// its way.</summary>
    private static IEvent[] Recovery(ReplicationState replication, DateTimeOffset at) =>
        replication is ReplicationState.Recovering ? [new Event.ReplicationRecovered(at)] : [];

    private static Decision Expire(State.Protected s, Command.ExpirePoints c)
    {
        var inTest = s.Test switch
        {
            TestState.Starting t => t.Point,
            TestState.Running t => t.Point,
            TestState.CleaningUp t => t.Point,
            _ => (RecoveryPointId?)null,
        };
        PointIdList going =
        [
            .. c.Points.Distinct().Where(id => s.Points.Find(id) is not null && id != s.Latest?.Id && id != inTest),
        ];
        return going.Count == 0 ? Decision.Nothing : Decision.Accept(new Event.RecoveryPointsExpired(going, c.At));
    }
}
