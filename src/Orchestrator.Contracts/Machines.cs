namespace Orchestrator.Contracts;

/// <summary>Asks to protect a machine: its disks are replicated from one site to another.</summary>
/// <param name="OperationId">Chosen by the caller; sent again it has no second effect.</param>
/// <param name="Machine">The machine's name: 1 to 63 characters out of a-z, 0-9 and '-'.</param>
/// <param name="Scenario">The scenario's id, such as <c>S0</c>.</param>
/// <param name="Primary">The site that holds the disks now.</param>
/// <param name="Recovery">The site that receives the replica.</param>
/// <param name="Disks">The paths of the disks at the primary site, in order.</param>
/// <param name="PointInterval">The time between two recovery points; null takes the node's default.</param>
public sealed record ProtectRequest(
    Guid OperationId, string Machine, string Scenario, string Primary, string Recovery, IReadOnlyList<string> Disks, TimeSpan? PointInterval);

/// <summary>Asks for an operation on a protected machine.</summary>
/// <param name="OperationId">Chosen by the caller; sent again it has no second effect.</param>
/// <param name="Kind">One of <see cref="OperationKinds"/>.</param>
/// <param name="Point">The recovery point for a failover or a change of point; null takes the latest.</param>
/// <param name="Notes">The operator's notes, kept with the cleanup of a test.</param>
public sealed record OperationRequest(Guid OperationId, string Kind, Guid? Point, string? Notes);

/// <summary>The operations that can be asked of a protected machine.</summary>
public static class OperationKinds
{
    /// <summary>Starts a copy from a recovery point while replication goes on.</summary>
    public const string TestFailover = "test-failover";

    /// <summary>Deletes the test copy and records the drill.</summary>
    public const string CleanUpTest = "cleanup";

    /// <summary>Stops the source, ships its last changes and activates the replica: nothing is lost.</summary>
    public const string PlannedFailover = "planned-failover";

    /// <summary>Activates the replica from a recovery point; the source may be gone.</summary>
    public const string UnplannedFailover = "unplanned-failover";

    /// <summary>Starts again from another recovery point; possible until commit.</summary>
    public const string ChangePoint = "change-point";

    /// <summary>Makes a failover final.</summary>
    public const string Commit = "commit";

    /// <summary>Undoes a failover that is not committed.</summary>
    public const string Cancel = "cancel";

    /// <summary>Replicates from where the machine runs now to where it ran before.</summary>
    public const string Reverse = "reverse";

    /// <summary>Retries a failed step, or replication, at once.</summary>
    public const string Resume = "resume";

    /// <summary>Ends protection.</summary>
    public const string Disable = "unprotect";
}

/// <summary>An operation was taken on; it is carried out step by step.</summary>
/// <param name="JobId">The job, which is also the operation's id.</param>
/// <param name="Machine">The machine.</param>
/// <param name="State">The machine's state right after.</param>
public sealed record OperationAccepted(Guid JobId, string Machine, string State);

/// <summary>What there is to know about one protected machine.</summary>
/// <param name="Machine">Its name.</param>
/// <param name="Scenario">Its scenario.</param>
/// <param name="State">Its protection state.</param>
/// <param name="Health">Normal, Warning or Critical.</param>
/// <param name="HealthReasons">Why, each with its code and advice.</param>
/// <param name="ActiveSite">The site that holds the right to run it.</param>
/// <param name="StandbySite">The other site.</param>
/// <param name="Activation">The fencing number of the active side.</param>
/// <param name="Replication">How replication stands; null while there is none.</param>
/// <param name="Rpo">The age of the newest usable recovery point; null without one.</param>
/// <param name="PointCount">How many recovery points can be chosen.</param>
/// <param name="LatestPoint">The newest one.</param>
/// <param name="Disks">Its disks.</param>
/// <param name="Operations">Each operation: allowed, or why not.</param>
/// <param name="CurrentJob">The running operation's job; null while there is none.</param>
public sealed record MachineStatus(
    string Machine,
    string Scenario,
    string State,
    string Health,
    IReadOnlyList<HealthReasonView> HealthReasons,
    string ActiveSite,
    string StandbySite,
    long Activation,
    ReplicationView? Replication,
    TimeSpan? Rpo,
    int PointCount,
    PointView? LatestPoint,
    IReadOnlyList<DiskView> Disks,
    IReadOnlyList<OperationView> Operations,
    Guid? CurrentJob);

/// <summary>One reason for a machine's health.</summary>
/// <param name="Code">The stable code.</param>
/// <param name="Level">Warning or Critical.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Advice">What to do.</param>
public sealed record HealthReasonView(string Code, string Level, string Message, string Advice);

/// <summary>How replication stands.</summary>
/// <param name="Phase">Idle, Initial, Resync, Delta or Failed.</param>
/// <param name="BytesTotal">Bytes to look at in the initial copy or resync.</param>
/// <param name="BytesDone">Bytes of them done.</param>
/// <param name="RawBytes">Bytes of changes taken from the log and the copy since the node started.</param>
/// <param name="SentBytes">Bytes sent for them, compressed and encrypted.</param>
/// <param name="BacklogBytes">Bytes logged and not yet durable at the target.</param>
/// <param name="Error">The last error; null while there is none.</param>
public sealed record ReplicationView(
    string Phase, long BytesTotal, long BytesDone, long RawBytes, long SentBytes, long BacklogBytes, ErrorView? Error);

/// <summary>One disk of a machine.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Uri">Where it can be attached now; null while it is not exported.</param>
/// <param name="TestUri">Where the test copy can be attached; null while no test runs.</param>
/// <param name="PrimaryPath">Its file or device at the primary site.</param>
/// <param name="ReplicaPath">Its file at the recovery site; null before the replica is prepared.</param>
public sealed record DiskView(int Index, long Length, string? Uri, string? TestUri, string PrimaryPath, string? ReplicaPath);

/// <summary>An operation and whether it may be asked for now.</summary>
/// <param name="Kind">One of <see cref="OperationKinds"/>.</param>
/// <param name="Allowed">Whether it would be accepted.</param>
/// <param name="Reason">Why not; null when allowed.</param>
public sealed record OperationView(string Kind, bool Allowed, ErrorView? Reason);

/// <summary>A recovery point.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Sequence">The number of the first write that is not in it: it holds exactly the writes below.</param>
/// <param name="Kind">CrashConsistent, ApplicationConsistent or Final.</param>
/// <param name="TakenAt">When the machine's disks stood still for it.</param>
/// <param name="AvailableAt">When the target could start from it.</param>
/// <param name="Rpo">What an unplanned failover just before <paramref name="AvailableAt"/> would have lost, in time.</param>
public sealed record PointView(Guid Id, long Sequence, string Kind, DateTimeOffset TakenAt, DateTimeOffset AvailableAt, TimeSpan Rpo);
