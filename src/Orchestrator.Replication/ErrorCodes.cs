namespace Orchestrator.Replication;

/// <summary>The stable codes of the data plane: ORC2xxx the source side, ORC3xxx the target side and the link.</summary>
public static class ErrorCodes
{
    /// <summary>The disk or device does not exist.</summary>
    public const string DiskNotFound = "ORC2001";

    /// <summary>The disk is smaller than required, or has no usable size.</summary>
    public const string DiskTooSmall = "ORC2002";

    /// <summary>The disk is in use by another process or node.</summary>
    public const string DiskInUse = "ORC2003";

    /// <summary>A read or write of the disk failed.</summary>
    public const string DiskFailed = "ORC2004";

    /// <summary>A flush failed: nothing is acknowledged from here on until the device is opened anew.</summary>
    public const string FlushFailed = "ORC2005";

    /// <summary>No space is left on the device that holds the file.</summary>
    public const string DiskFull = "ORC2006";

    /// <summary>The device refuses writes: another site is active, or it is being handed over.</summary>
    public const string Fenced = "ORC2007";

    /// <summary>The device is read-only.</summary>
    public const string ReadOnly = "ORC2008";

    /// <summary>The change log is damaged: detected, replication needs a resync.</summary>
    public const string ChangeLogCorrupt = "ORC2010";

    /// <summary>The change log reached its limit: replication needs a resync.</summary>
    public const string ChangeLogFull = "ORC2011";

    /// <summary>The disk was changed or resized while nobody watched: replication needs a resync.</summary>
    public const string DiskChangedOffline = "ORC2012";

    /// <summary>The address or port is taken.</summary>
    public const string AddressInUse = "ORC2020";

    /// <summary>The target cannot be reached.</summary>
    public const string TargetUnreachable = "ORC3001";

    /// <summary>The target answered with an error of its own.</summary>
    public const string TargetFailed = "ORC3002";

    /// <summary>A certificate was refused.</summary>
    public const string AuthenticationFailed = "ORC3003";

    /// <summary>The target does not know the replica.</summary>
    public const string ReplicaNotFound = "ORC3004";

    /// <summary>The target refuses: a later incarnation or session writes to this replica.</summary>
    public const string SessionFenced = "ORC3005";

    /// <summary>A batch arrived out of sequence or damaged.</summary>
    public const string BatchRejected = "ORC3006";

    /// <summary>The replica store is damaged.</summary>
    public const string ReplicaCorrupt = "ORC3007";

    /// <summary>The recovery point does not exist (any more).</summary>
    public const string PointNotFound = "ORC3008";

    /// <summary>The replica is in a state that does not allow the operation.</summary>
    public const string ReplicaState = "ORC3009";

    /// <summary>The site refuses the control node: another one has acted on the machine under a higher term.</summary>
    public const string ControlFenced = "ORC3010";
}
