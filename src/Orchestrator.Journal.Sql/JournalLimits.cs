namespace Orchestrator.Journal.Sql;

/// <summary>What a journal accepts; more is refused with an <see cref="ArgumentException"/> before anything is written.</summary>
public static class JournalLimits
{
    /// <summary>The most shards a journal can be created with.</summary>
    public const int MaxShardCount = 4096;

    /// <summary>The longest name of an entity or a reminder, in UTF-16 code units.</summary>
    public const int MaxNameLength = 200;

    /// <summary>The largest event payload, in bytes.</summary>
    public const int MaxPayloadBytes = 16 << 20;

    /// <summary>The largest event metadata, in bytes.</summary>
    public const int MaxMetaBytes = 64 << 10;

    /// <summary>The largest reminder payload, in bytes.</summary>
    public const int MaxReminderBytes = 64 << 10;

    /// <summary>The largest payload of a message between entities, in bytes.</summary>
    public const int MaxMessageBytes = 1 << 20;

    /// <summary>The largest snapshot, in bytes.</summary>
    public const int MaxSnapshotBytes = 64 << 20;

    /// <summary>How many snapshots of an entity are kept: the newest, and one before it in case the newest is damaged.</summary>
    public const int KeptSnapshots = 2;
}
