namespace Orchestrator.Control.Codecs;

/// <summary>The numbers under which the events of a machine are stored.</summary>
/// <remarks>
/// A number is never given to another event, not even after its event is gone. A change of an event that the rules of
/// <see cref="MessagePack.IMessagePackContract{TSelf}"/> do not allow gets a new number; the old one stays readable.
/// The gaps keep what belongs together together.
/// </remarks>
public static class MachineEventTypes
{
    /// <summary>Enabling protection began.</summary>
    public const int ProtectionEnablingStarted = 100;

    /// <summary>Source and replica are ready.</summary>
    public const int ProtectionEnabled = 101;

    /// <summary>Ending protection began.</summary>
    public const int DisableStarted = 110;

    /// <summary>The machine is not protected any more.</summary>
    public const int ProtectionDisabled = 111;

    /// <summary>Copying the disks began.</summary>
    public const int InitialReplicationStarted = 200;

    /// <summary>Copying got on.</summary>
    public const int InitialReplicationProgressed = 201;

    /// <summary>The replica is complete.</summary>
    public const int InitialReplicationCompleted = 202;

    /// <summary>A recovery point can be chosen.</summary>
    public const int RecoveryPointRecorded = 210;

    /// <summary>Recovery points are gone.</summary>
    public const int RecoveryPointsExpired = 211;

    /// <summary>Replication failed.</summary>
    public const int ReplicationFailed = 220;

    /// <summary>Replication is tried again.</summary>
    public const int ReplicationRetried = 221;

    /// <summary>Replication works again.</summary>
    public const int ReplicationRecovered = 222;

    /// <summary>Source and replica must be compared.</summary>
    public const int ResyncMarked = 230;

    /// <summary>Comparing began.</summary>
    public const int ResyncStarted = 231;

    /// <summary>Source and replica are the same again.</summary>
    public const int ResyncCompleted = 232;

    /// <summary>A test failover began.</summary>
    public const int TestFailoverStarted = 300;

    /// <summary>The test machine runs.</summary>
    public const int TestFailoverCompleted = 301;

    /// <summary>Removing the test machine began.</summary>
    public const int TestCleanupStarted = 310;

    /// <summary>The test is over.</summary>
    public const int TestFailoverCleanedUp = 311;

    /// <summary>A failover began.</summary>
    public const int FailoverStarted = 400;

    /// <summary>The machine runs at the target.</summary>
    public const int FailoverCompleted = 401;

    /// <summary>Going to another point began.</summary>
    public const int PointChangeStarted = 410;

    /// <summary>The machine runs from another point.</summary>
    public const int PointChanged = 411;

    /// <summary>Going back to the source began.</summary>
    public const int CancelStarted = 420;

    /// <summary>The machine runs at the source again.</summary>
    public const int FailoverCancelled = 421;

    /// <summary>Making the failover final began.</summary>
    public const int CommitStarted = 430;

    /// <summary>The failover is final.</summary>
    public const int Committed = 431;

    /// <summary>Preparing the other direction began.</summary>
    public const int ReverseReplicationStarted = 440;

    /// <summary>The other direction is ready to replicate.</summary>
    public const int ReverseReplicationEstablished = 441;

    /// <summary>A step's effect may exist from here on.</summary>
    public const int StepStarted = 500;

    /// <summary>A step is done.</summary>
    public const int StepCompleted = 501;

    /// <summary>A step failed.</summary>
    public const int StepFailed = 502;

    /// <summary>A step is left out.</summary>
    public const int StepSkipped = 503;

    /// <summary>What has failed is to be tried at once.</summary>
    public const int Resumed = 510;
}
