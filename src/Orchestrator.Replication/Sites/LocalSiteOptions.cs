using Orchestrator.Replication.Target;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Replication.Sites;

/// <summary>What a site on this node works with.</summary>
public sealed record LocalSiteOptions
{
    /// <summary>The site's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its folder: one folder per machine below it, and the NBD socket.</summary>
    public required string Directory { get; init; }

    /// <summary>The node's certificate, shown to the sites it replicates to.</summary>
    public required SiteIdentity Identity { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Makes ids of sessions, points and histories.</summary>
    public required Func<Guid> Ids { get; init; }

    /// <summary>Makes random bytes for keys.</summary>
    public required Func<int, byte[]> RandomBytes { get; init; }

    /// <summary>Size of a change-log file.</summary>
    public int ChangeLogSegment { get; init; } = 64 << 20;

    /// <summary>Most bytes of a machine's change log.</summary>
    public long ChangeLogLimit { get; init; } = 4L << 30;

    /// <summary>Connections per machine.</summary>
    public int Connections { get; init; } = 2;

    /// <summary>Bytes on their way per machine.</summary>
    public long Credit { get; init; } = 32L << 20;

    /// <summary>Bytes per second per machine; null is no limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Which recovery points are kept.</summary>
    public RetentionPolicy Retention { get; init; } = new();
}
