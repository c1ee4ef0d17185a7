namespace Orchestrator.Domain;

/// <summary>The stable codes of the domain: ORC50xx refusals, ORC51xx reasons of a machine's health.</summary>
public static class RefusalCodes
{
    /// <summary>The machine is not protected.</summary>
    public const string NotProtected = "ORC5001";

    /// <summary>The machine is protected already.</summary>
    public const string AlreadyProtected = "ORC5002";

    /// <summary>The request contradicts itself or the scenario's limits.</summary>
    public const string InvalidRequest = "ORC5003";

    /// <summary>Another operation on the machine has not ended.</summary>
    public const string OperationInProgress = "ORC5004";

    /// <summary>The scenario does not have this operation in this direction.</summary>
    public const string NotInScenario = "ORC5005";

    /// <summary>A test failover is open.</summary>
    public const string TestOpen = "ORC5006";

    /// <summary>The machine has no recovery point yet.</summary>
    public const string NoRecoveryPoint = "ORC5007";

    /// <summary>The machine does not have this recovery point (any more).</summary>
    public const string PointNotFound = "ORC5008";

    /// <summary>Replication is not healthy enough for the operation.</summary>
    public const string ReplicationNotHealthy = "ORC5009";

    /// <summary>The machine is failed over; the failover waits for commit or cancel.</summary>
    public const string CommitPending = "ORC5010";

    /// <summary>The machine is not failed over.</summary>
    public const string NotFailedOver = "ORC5011";

    /// <summary>No test failover is open.</summary>
    public const string NoTestOpen = "ORC5012";

    /// <summary>Nothing has failed that could be tried again.</summary>
    public const string NothingToResume = "ORC5013";

    /// <summary>The step is not the one that is due: a late or strange reply.</summary>
    public const string StepNotDue = "ORC5014";

    /// <summary>The report belongs to an earlier activation of the machine.</summary>
    public const string StaleActivation = "ORC5015";

    /// <summary>The operation id was used for another kind of operation.</summary>
    public const string OperationIdReused = "ORC5016";

    /// <summary>The machine does not replicate now.</summary>
    public const string NotReplicating = "ORC5017";

    /// <summary>Initial replication has not completed.</summary>
    public const string NotYetReplicated = "ORC5018";

    /// <summary>The failover is committed: final.</summary>
    public const string AlreadyCommitted = "ORC5019";

    /// <summary>The final recovery point of a planned failover has not arrived.</summary>
    public const string FinalPointMissing = "ORC5020";

    /// <summary>Replication failed and is tried again by itself.</summary>
    public const string ReplicationRetrying = "ORC5101";

    /// <summary>Replication failed and waits for an operator.</summary>
    public const string ReplicationStopped = "ORC5102";

    /// <summary>A resync is needed.</summary>
    public const string ResyncNeeded = "ORC5103";

    /// <summary>A resync runs.</summary>
    public const string ResyncRunning = "ORC5104";

    /// <summary>A step failed and is tried again by itself.</summary>
    public const string StepRetrying = "ORC5105";

    /// <summary>A step failed and waits for an operator.</summary>
    public const string StepWaiting = "ORC5106";

    /// <summary>The former source could not be fenced.</summary>
    public const string SourceNotFenced = "ORC5107";

    /// <summary>The machine runs unprotected after a failover.</summary>
    public const string NotReplicated = "ORC5108";

    /// <summary>Protected, but the first recovery point has not arrived.</summary>
    public const string FirstPointPending = "ORC5109";
}
