using Orchestrator.Journal.Sql.Evidence.Merkle;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>What a checkpoint says of one tree.</summary>
/// <param name="Tree">Its size and root then.</param>
/// <param name="Checkpoint">The checkpoint's number.</param>
/// <param name="At">The checkpoint's time.</param>
/// <param name="IsOnlyPublished">Whether the checkpoint is not in the journal, only in a published copy.</param>
internal sealed record SealedHead(TreeHead Tree, long Checkpoint, DateTimeOffset At, bool IsOnlyPublished)
{
    public override string ToString() =>
        $"{(IsOnlyPublished ? "published " : "")}checkpoint {Checkpoint} of {At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}";
}
