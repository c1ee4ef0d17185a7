using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence;

namespace Orchestrator.Hosting.Evidence;

/// <summary>Somewhere outside the journal's database that gets every checkpoint.</summary>
internal interface ICheckpointTarget
{
    /// <summary>Names the target in the journal and in messages; the same configuration gives the same name.</summary>
    string Name { get; }

    /// <summary>Hands over a checkpoint; durable there when the task completes. The same one may come twice.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="publicKeys">The public keys that confirm it, in PEM.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="JournalException">
    /// <see cref="EvidenceErrorCodes.PublishFailed"/>, or <see cref="EvidenceErrorCodes.PublishedDiffers"/>: there is another one of this number.
    /// </exception>
    Task PublishAsync(StoredCheckpoint checkpoint, string publicKeys, CancellationToken cancellation);
}

/// <summary>The errors of targets.</summary>
internal static class TargetErrors
{
    public static JournalException Failed(string target, long number, string why, Exception? inner = null) =>
        new(EvidenceErrorCodes.PublishFailed,
            $"Checkpoint {number} was not published to {target}: {why} It is tried again; the journal goes on.",
            isTransient: true, outcomeUnknown: false, inner);

    public static JournalException Differs(string target, long number) => new(EvidenceErrorCodes.PublishedDiffers,
        $"{target} has another checkpoint {number}: the journal was put back to an older state and went on, or the target is another journal's. "
        + "Nothing was overwritten. Run 'journal verify --checkpoints' and keep both; then publish to a new place.",
        isTransient: false, outcomeUnknown: false);
}
