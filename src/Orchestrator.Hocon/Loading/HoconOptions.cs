namespace Orchestrator.Hocon;

/// <summary>What loading may reach outside the text.</summary>
public sealed record HoconOptions
{
    /// <summary>Looks up an environment variable for `${?NAME}`. By default there is no environment.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>
    /// The directory includes may not leave, links resolved. By default, for each file, the directory it lies in.
    /// </summary>
    public string? ConfigDirectory { get; init; }

    /// <summary>Bounds on size and work.</summary>
    public HoconLimits Limits { get; init; } = HoconLimits.Default;
}
