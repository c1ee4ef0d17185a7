using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Source;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Machines;

/// <summary>Turns what the sites say into commands, by comparing it with what the journal already knows.</summary>
/// <remarks>Pure and level-triggered: a missed or repeated look at the sites loses and doubles nothing.</remarks>
public static class ReplicationReports
{
    /// <summary>How much of the copy must have been done before progress is journaled again.</summary>
    private const double ProgressStep = 0.05;

    /// <summary>What is new, in the order in which it is to be recorded.</summary>
    public static IReadOnlyList<Command> Compare(State state, SourceStatus? source, ReplicaStatus? replica, DateTimeOffset now)
    {
        if (ProtectedMachine.ProtectionOf(state) is not { } protection) return [];
        List<Command> commands = [];
        var activation = protection.Activation;
        if (source?.Loss is { } loss && !IsCopying(source.Replication))
        {
            // The run's error is this loss; told as a failure as well it would stop the very resync that repairs it.
            // Marked already, the resync is about to be started: told again behind its start, the mark would undo it.
            if (state is not State.Protected { Resync: ResyncState.Marked })
            {
                commands.Add(new Command.MarkResync(activation, $"{loss.Code}: {loss.Message}", now));
            }
        }
        else if (source?.Replication is { } progress)
        {
            var isComplete = progress.CopyCompleted && replica is { Consistent: true };
            commands.AddRange(OfProgress(state, progress, isComplete, activation, now));
        }

        if (replica?.Fault is { } fault)
        {
            commands.Add(new Command.ReportReplicationFailure(activation, fault.Code, fault.Message, fault.IsTransient, now));
        }

        if (replica is not null && IsReceivingPoints(state, source, replica))
        {
            commands.AddRange(NewPoints(ProtectedMachine.PointsOf(state), replica, activation, now));
            commands.AddRange(GonePoints(ProtectedMachine.PointsOf(state), replica, now));
        }

        return commands;
    }

    /// <summary>The recovery points of the replica that the journal does not know yet: those behind the last one it knows.</summary>
    /// <remarks>The replica's order decides, not the instants: the source's clock may stand still or be set back between two points.</remarks>
    public static IReadOnlyList<Command> NewPoints(PointList known, ReplicaStatus replica, long activation, DateTimeOffset now)
    {
        List<Command> commands = [];
        var latest = known.Latest;
        var ids = known.Select(point => point.Id.Value).ToHashSet();
        foreach (var point in replica.Points.Reverse().TakeWhile(point => !ids.Contains(point.Id)).Reverse())
        {
            var previous = commands.Count == 0 ? latest?.TakenAt : ((Command.RecordPoint)commands[^1]).Point.TakenAt;
            commands.Add(new Command.RecordPoint(activation, PointOf(point, previous), now));
        }

        return commands;
    }

    private static IEnumerable<Command> OfProgress(
        State state, ReplicationProgress progress, bool isComplete, long activation, DateTimeOffset now)
    {
        if (progress.Error is { } error)
        {
            yield return new Command.ReportReplicationFailure(activation, error.Code, error.Message, error.IsTransient, now);
        }
        else if (progress.Running && isComplete)
        {
            if (state is State.InitialReplication) yield return new Command.CompleteInitialReplication(activation, now);
            if (state is State.Protected { Resync: ResyncState.Running }) yield return new Command.CompleteResync(activation, now);
            if (ProtectedMachine.ReplicationOf(state) is ReplicationState.Recovering)
            {
                yield return new Command.ReportReplicationRecovered(activation, now);
            }
        }
        else if (progress.Running && state is State.InitialReplication copying && IsWorthRecording(copying, progress))
        {
            yield return new Command.ReportInitialProgress(activation, progress.BytesDone, progress.BytesTotal, now);
        }
    }

    private static bool IsWorthRecording(State.InitialReplication s, ReplicationProgress progress) =>
        progress.BytesTotal > 0
        && (s.BytesTotal != progress.BytesTotal || progress.BytesDone - s.BytesDone >= progress.BytesTotal * ProgressStep);

    /// <summary>While the copy of a resync runs, the loss it repairs is no news.</summary>
    private static bool IsCopying(ReplicationProgress? progress) => progress is { Running: true, CopyCompleted: false };

    /// <summary>Points count once the copy has passed its end, and until the activation that ends this direction.</summary>
    private static bool IsReceivingPoints(State state, SourceStatus? source, ReplicaStatus replica) => state switch
    {
        State.InitialReplication => source?.Replication is { CopyCompleted: true } && replica.Consistent,
        State.Protected => true,
        State.FailingOver s => s.Workflow.Current is Step.QuiesceSource or Step.DrainChanges or Step.VerifyReplica,
        _ => false,
    };

    private static IEnumerable<Command> GonePoints(PointList known, ReplicaStatus replica, DateTimeOffset now)
    {
        var present = replica.Points.Select(point => point.Id).ToHashSet();
        PointIdList gone = [.. known.Where(point => !present.Contains(point.Id.Value)).Select(point => point.Id)];
        return gone.Count == 0 ? [] : [new Command.ExpirePoints(gone, now)];
    }

    /// <summary>
    /// The RPO of a point is what would have been lost just before it became available: its availability less the instant of the one before.
    /// The first point has nothing before it: its own delay counts.
    /// </summary>
    private static RecoveryPoint PointOf(ReplicaPointStatus point, DateTimeOffset? previous) => new(
        new RecoveryPointId(point.Id), point.Epoch, point.Sequence, KindOf(point.Kind), point.TakenAt, point.AvailableAt,
        Positive(point.AvailableAt - (previous ?? point.TakenAt)));

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    private static RecoveryPointKind KindOf(EpochKind kind) => kind switch
    {
        EpochKind.ApplicationConsistent => RecoveryPointKind.ApplicationConsistent,
        EpochKind.Final => RecoveryPointKind.Final,
        _ => RecoveryPointKind.CrashConsistent,
    };
}
