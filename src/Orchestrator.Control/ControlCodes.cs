namespace Orchestrator.Control;

/// <summary>The stable codes of the control layer, ORC52xx.</summary>
public static class ControlCodes
{
    /// <summary>A step failed for a reason outside the data plane and the fabric.</summary>
    public const string StepFailed = "ORC5201";

    /// <summary>The disks of source and target differ after everything was applied.</summary>
    public const string DigestsDiffer = "ORC5202";

    /// <summary>The site is not configured on this node.</summary>
    public const string SiteUnknown = "ORC5203";

    /// <summary>A site does not answer the status question.</summary>
    public const string SiteSilent = "ORC5204";

    /// <summary>The machine is not known.</summary>
    public const string MachineUnknown = "ORC5205";

    /// <summary>The job is not known.</summary>
    public const string JobUnknown = "ORC5206";

    /// <summary>The machine's actor did not answer in time; the command may have been carried out.</summary>
    public const string NoAnswer = "ORC5207";

    /// <summary>The machine's history is not read yet, or cannot be read.</summary>
    public const string HistoryUnreadable = "ORC5208";

    /// <summary>A read model has not caught up with the journal in time.</summary>
    public const string ReadModelBehind = "ORC5209";

    /// <summary>The machine to be protected runs at the recovery site.</summary>
    public const string RunsElsewhere = "ORC5220";
}
