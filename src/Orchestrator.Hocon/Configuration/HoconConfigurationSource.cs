using Microsoft.Extensions.Configuration;

namespace Orchestrator.Hocon;

/// <summary>Settings in HOCON: layers merged and resolved together, given to .NET configuration as flat keys.</summary>
/// <remarks>All layers belong into one source. .NET merges providers key by key, so that a short list over a longer one
/// would keep the old tail, and no substitution could see another provider.</remarks>
public sealed class HoconConfigurationSource : IConfigurationSource
{
    /// <summary>The layers, the last winning: usually defaults, files, overrides.</summary>
    public IList<HoconLayer> Layers { get; } = [];

    /// <summary>What loading may reach. By default the process environment, for `${?NAME}` only.</summary>
    public HoconOptions Options { get; set; } = new() { Environment = Environment.GetEnvironmentVariable };

    /// <summary>Adds built-in defaults.</summary>
    public HoconConfigurationSource Reference(string text, string name = "reference.conf")
    {
        Layers.Add(new HoconLayer.Text(name, text));
        return this;
    }

    /// <summary>Adds a file.</summary>
    public HoconConfigurationSource File(string path, bool optional = false)
    {
        Layers.Add(new HoconLayer.File(path, optional));
        return this;
    }

    /// <summary>Adds settings of the form `a.b.c=value`, which win over what was added before.</summary>
    public HoconConfigurationSource Overrides(IEnumerable<string> assignments)
    {
        ArgumentNullException.ThrowIfNull(assignments);
        foreach (var assignment in assignments)
            Layers.Add(new HoconLayer.Override(assignment));
        return this;
    }

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new HoconConfigurationProvider([.. Layers], Options);
}
