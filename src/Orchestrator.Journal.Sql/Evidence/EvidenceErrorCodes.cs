namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>The stable codes of checkpoints and shredding; a code is never reused.</summary>
public static class EvidenceErrorCodes
{
    /// <summary>The journal is not what its own last checkpoint says: no further one is taken.</summary>
    public const string JournalContradictsCheckpoint = "ORC4050";

    /// <summary>Somebody else takes checkpoints of the same journal.</summary>
    public const string CheckpointConflict = "ORC4051";

    /// <summary>The key file is missing its key, or cannot be read or made.</summary>
    public const string KeyUnusable = "ORC4052";

    /// <summary>A checkpoint could not be published; it is tried again.</summary>
    public const string PublishFailed = "ORC4053";

    /// <summary>A target has another checkpoint of this number: the journal was put back to an older state, or the target is another journal's.</summary>
    public const string PublishedDiffers = "ORC4054";

    /// <summary>There are checkpoints, but no public key to check them with.</summary>
    public const string NoPublicKey = "ORC4055";

    /// <summary>The range to shred is not in the entity's history, or its payloads are gone already.</summary>
    public const string NothingToShred = "ORC4056";

    /// <summary>No snapshot covers the events to shred.</summary>
    public const string ShreddingNotCovered = "ORC4057";

    /// <summary>Published checkpoints cannot be read.</summary>
    public const string PublishedUnreadable = "ORC4058";

    /// <summary>The journal's provider keeps no checkpoints and shreds nothing.</summary>
    public const string NotOnThisProvider = "ORC4059";
}
