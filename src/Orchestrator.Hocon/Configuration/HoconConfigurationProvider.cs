using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Orchestrator.Hocon.Configuration;

namespace Orchestrator.Hocon;

/// <summary>Serves one resolved HOCON tree as flat keys: `a:b:c`, list elements `k:0`.</summary>
/// <remarks>
/// <para>A null and an empty object have a null value, an empty list an empty one, as in the JSON provider of .NET 10.</para>
/// <para>Loading parses everything before anything is replaced: after an error the previous settings stay.</para>
/// </remarks>
public sealed class HoconConfigurationProvider : ConfigurationProvider
{
    private readonly HoconLayer[] _layers;
    private readonly HoconOptions _options;
    private volatile FlatTree _tree = FlatTree.Empty;

    internal HoconConfigurationProvider(HoconLayer[] layers, HoconOptions options)
    {
        _layers = layers;
        _options = options;
    }

    /// <summary>The resolved tree behind the keys, as of the last successful load.</summary>
    public HoconObject Root => _tree.Root;

    /// <summary>Reads all layers again.</summary>
    /// <exception cref="HoconException">They cannot be used; the previous settings stay.</exception>
    public override void Load()
    {
        var tree = FlatTree.Of(HoconParser.Load(_layers, _options), _options.Limits);
        _tree = tree;
        Data = tree.Values;
    }

    /// <summary>Reads all layers again and tells listeners, or keeps the previous settings.</summary>
    /// <param name="problem">What is wrong, if false is returned.</param>
    /// <returns>Whether the new settings are in use.</returns>
    public bool TryReload([NotNullWhen(false)] out HoconException? problem)
    {
        try
        {
            Load();
        }
        catch (HoconException e)
        {
            problem = e;
            return false;
        }
        problem = null;
        OnReload();
        return true;
    }

    /// <summary>Where a key was written: a setting, a list element, or a whole section.</summary>
    /// <param name="key">Flat key such as `a:b:c`; case does not matter.</param>
    /// <param name="origin">File and line.</param>
    public bool TryGetOrigin(string key, out HoconOrigin origin)
    {
        var found = _tree.Nodes.TryGetValue(key, out var value);
        origin = found ? value!.Origin : default;
        return found;
    }

    /// <inheritdoc/>
    /// <remarks>Also answers the questions of <see cref="HoconConfigurationExtensions"/> about a key, which reach the
    /// provider through any section without a way to ask it directly.</remarks>
    public override bool TryGet(string key, out string? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        return KeyQuestion.TrySplit(key, out var asked, out var question)
            ? KeyQuestion.TryAnswer(_tree, asked, question, out value)
            : base.TryGet(key, out value);
    }

    /// <inheritdoc/>
    /// <remarks>Copies, so that readers on other threads never see a dictionary change.</remarks>
    public override void Set(string key, string? value) =>
        Data = new Dictionary<string, string?>(Data, StringComparer.OrdinalIgnoreCase) { [key] = value };
}
