namespace Orchestrator.Domain;

/// <summary>How changes are captured.</summary>
[Flags]
public enum CaptureKinds
{
    /// <summary>Not at all; in no scenario.</summary>
    None = 0,

    /// <summary>Every write as it happens.</summary>
    Continuous = 1,

    /// <summary>A log per cycle.</summary>
    Cyclic = 2,
}
