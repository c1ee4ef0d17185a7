namespace Orchestrator.Hocon;

/// <summary>Where a value was written: so that a message about it can name the place to edit.</summary>
/// <param name="File">File path, or the name given to a text (`reference.conf`), or `environment variable X`.</param>
/// <param name="Line">Line from 1; 0 when lines mean nothing there.</param>
/// <param name="Column">Column from 1 in UTF-16 units; 0 when unknown.</param>
public readonly record struct HoconOrigin(string File, int Line, int Column)
{
    /// <summary>The origin of values that were built by code.</summary>
    public static HoconOrigin None { get; } = new("built by code", 0, 0);

    /// <summary>`file:line`, or only the name where there are no lines.</summary>
    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File ?? "";
}
