using Orchestrator.Hocon.Loading;
using Orchestrator.Hocon.Parsing;
using Orchestrator.Hocon.Resolving;

namespace Orchestrator.Hocon;

/// <summary>Reads HOCON into resolved values.</summary>
/// <remarks>Format: "HOCON (Human-Optimized Config Object Notation)", HOCON.md of lightbend/config. Left out on purpose:
/// includes of URLs, class paths and `.properties` files, and `${X[]}` lists from the environment.</remarks>
public static class HoconParser
{
    /// <summary>Parses one text and resolves its substitutions.</summary>
    /// <param name="text">HOCON or JSON; the root is an object or a list.</param>
    /// <param name="name">Its name in messages and origins.</param>
    /// <param name="options">Environment and limits; by default no environment.</param>
    /// <exception cref="HoconException">The only exception a text can cause.</exception>
    public static HoconValue Parse(string text, string name = "text", HoconOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        options ??= new HoconOptions();
        return Resolve(new SourceReader(options).ReadText(text, name), options);
    }

    /// <summary>Parses one file with its includes and resolves its substitutions.</summary>
    /// <exception cref="HoconException">The only exception a file can cause.</exception>
    public static HoconValue ParseFile(string path, HoconOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new HoconOptions();
        return Resolve(new SourceReader(options).ReadFile(path, optional: false)!, options);
    }

    /// <summary>Merges layers, the last winning, and resolves substitutions against all of them together.</summary>
    /// <exception cref="HoconException">The only exception layers can cause.</exception>
    public static HoconObject Load(IEnumerable<HoconLayer> layers, HoconOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        options ??= new HoconOptions();
        var root = new ObjectNode(HoconOrigin.None);
        var reader = new SourceReader(options);
        foreach (var layer in layers)
        {
            var (node, name) = Read(reader, layer);
            if (node is not null)
                root.MergeFrom(node as ObjectNode ?? throw SourceReader.NotObject(name));
        }
        return (HoconObject)Resolve(root, options);
    }

    private static (Node?, string) Read(SourceReader reader, HoconLayer layer)
    {
        switch (layer)
        {
            case HoconLayer.Text text:
                return (reader.ReadText(text.Content, text.Name), text.Name);
            case HoconLayer.File file:
                return (reader.ReadFile(file.Path, file.Optional), file.Path);
            case HoconLayer.Override o:
                var name = $"override '{o.Assignment}'";
                return (reader.ReadText(OverrideParser.ToHocon(o.Assignment, name), name), name);
            default:
                throw new System.Diagnostics.UnreachableException(layer.GetType().Name);
        }
    }

    private static HoconValue Resolve(Node root, HoconOptions options)
    {
        try
        {
            return SubstitutionResolver.Resolve(root, options.Environment, options.Limits);
        }
        catch (CircularException e)
        {
            throw e.ToHocon();
        }
    }
}
