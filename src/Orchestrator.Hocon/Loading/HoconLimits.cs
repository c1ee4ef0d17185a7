namespace Orchestrator.Hocon;

/// <summary>Bounds that keep a broken or hostile configuration from exhausting the process.</summary>
public sealed record HoconLimits
{
    /// <summary>The bounds used unless others are given.</summary>
    public static HoconLimits Default { get; } = new();

    /// <summary>Largest single file or text, in bytes of UTF-8.</summary>
    public int MaxFileBytes { get; init; } = 1 << 20;

    /// <summary>Largest sum of all files and texts, in bytes; a file included twice counts twice.</summary>
    public int MaxTotalBytes { get; init; } = 8 << 20;

    /// <summary>Most files read for one configuration.</summary>
    public int MaxFiles { get; init; } = 256;

    /// <summary>Longest chain of files including files.</summary>
    public int MaxIncludeDepth { get; init; } = 16;

    /// <summary>Most steps of resolution: one for each definition looked at, each field or element copied, and each 16
    /// characters joined. Bounds time and memory.</summary>
    public int MaxResolutionSteps { get; init; } = 1_000_000;

    /// <summary>Most flat configuration keys.</summary>
    public int MaxKeys { get; init; } = 100_000;

    /// <summary>Longest flat configuration key, in characters.</summary>
    public int MaxKeyLength { get; init; } = 1_000;
}
