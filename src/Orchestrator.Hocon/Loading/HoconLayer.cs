namespace Orchestrator.Hocon;

/// <summary>One source of settings. Later layers win over earlier ones; objects merge.</summary>
public abstract record HoconLayer
{
    private HoconLayer()
    {
    }

    /// <summary>A text in memory, such as the built-in defaults. It may not include files.</summary>
    /// <param name="Name">Its name in messages.</param>
    /// <param name="Content">HOCON.</param>
    public sealed record Text(string Name, string Content) : HoconLayer;

    /// <summary>A file.</summary>
    /// <param name="Path">Where it is; relative to the current directory.</param>
    /// <param name="Optional">Whether a missing file counts as empty.</param>
    public sealed record File(string Path, bool Optional = false) : HoconLayer;

    /// <summary>One setting `a.b.c=value` or `a.b.c+=value`, such as from a command line.</summary>
    /// <remarks>The value is taken as it stands, no quotes needed, unless it starts with `[`, `{` or `"` or holds `${`:
    /// then it is HOCON.</remarks>
    /// <param name="Assignment">The setting.</param>
    public sealed record Override(string Assignment) : HoconLayer;
}
