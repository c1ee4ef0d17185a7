using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Resync;

/// <summary>Decides, before a session is opened, whether a copy begins, continues or is not needed.</summary>
internal static class CopyPlan
{
    /// <summary>Returns the progress to go on from; begins a new incarnation of the source when a copy begins.</summary>
    /// <exception cref="ReplicationException">Deltas were asked for and cannot continue; a resync can.</exception>
    internal static CopyProgress Decide(ReplicationOptions options, ReplicaCursor target, StatusBoard board)
    {
        var source = options.Source;
        var disks = source.DiskLengths.Count;
        var isSameHistory = target.Incarnation == source.Incarnation;
        if (source.Loss is null && CopyProgress.Load(options.ProgressPath, disks) is { } known
            && known.Incarnation == source.Incarnation && (isSameHistory || !known.HasBegun))
        {
            // The replica was told to be consistent only after the copy was complete, whatever the file still says.
            return isSameHistory && IsProven(target) ? CopyProgress.Complete(source.Incarnation, disks) : known;
        }

        if (options.Mode != ReplicationMode.Delta)
        {
            source.Reset();
            var isEmpty = target.Incarnation == Guid.Empty;
            return CopyProgress.Begin(options.ProgressPath!, options.Mode, source.Incarnation, isEmpty, disks);
        }

        ChangeFeed.RequireNoLoss(source);
        RequireContinuable(isSameHistory && IsProven(target), board);
        return CopyProgress.Complete(source.Incarnation, disks);
    }

    private static bool IsProven(ReplicaCursor target) => target.Consistent && target.AppliedSequence > 0;

    private static void RequireContinuable(bool isContinuable, StatusBoard board)
    {
        if (!isContinuable)
        {
            board.Update(status => status with { NeedsResync = true });
            throw new ReplicationException(
                ErrorCodes.ReplicaState,
                "The replica does not hold a consistent state of this machine's present history, so its changes cannot be continued. "
                + "Run a resync.", isTransient: false);
        }
    }
}
