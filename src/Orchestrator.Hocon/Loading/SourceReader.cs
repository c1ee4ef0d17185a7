using System.Text;
using Orchestrator.Hocon.Parsing;

namespace Orchestrator.Hocon.Loading;

/// <summary>Reads and parses the texts of one configuration, within its limits.</summary>
internal sealed class SourceReader(HoconOptions options) : IIncludeReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Stack<string> _open = new();
    private string? _directory;
    private int _files;
    private long _bytes;

    /// <summary>Parses a text that has no place in the file system.</summary>
    public Node ReadText(string text, string name)
    {
        Count(Encoding.UTF8.GetByteCount(text), new HoconOrigin(name, 0, 0));
        return DocumentParser.Parse(text, new ParseContext(name, null, [], InsideList: false, this));
    }

    /// <summary>Parses a file, or returns null if it is optional and missing.</summary>
    public Node? ReadFile(string path, bool optional)
    {
        var origin = new HoconOrigin(path, 0, 0);
        return Guard<Node?>(origin, () =>
        {
            var real = RealPath.Of(path);
            if (!File.Exists(real))
                return optional ? null : throw Missing(origin, path);
            _directory = RealPath.Of(options.ConfigDirectory ?? Path.GetDirectoryName(real)!);
            return Parse(real, origin, new ParseContext(path, null, [], InsideList: false, this));
        });
    }

    /// <inheritdoc/>
    public ObjectNode? Load(IncludeRequest request, ParseContext context)
    {
        if (request.Directory is not { } from || _directory is null)
            throw Refused(request, "a text that is not a file cannot include files");
        return Guard<ObjectNode?>(request.Origin, () =>
        {
            if (request.Name.Length == 0 || request.Name.Contains('\0'))
                throw Refused(request, "the name is empty or holds a NUL");
            var parts = Candidates(Path.Combine(from, request.Name), request).ToList();
            if (parts.Count == 0 && request.Required)
                throw Missing(request.Origin, request.Name);
            return parts.Count == 0 ? null : Merge(parts, request, context);
        });
    }

    private ObjectNode Merge(List<string> files, IncludeRequest request, ParseContext context)
    {
        var merged = new ObjectNode(request.Origin);
        foreach (var file in files)
        {
            if (Parse(file, request.Origin, context with { File = file }) is not ObjectNode root)
                throw NotObject(file);
            merged.MergeFrom(root);
        }
        return merged;
    }

    /// <summary>The file itself; for a name without extension that does not exist, `.json` and above it `.conf`.</summary>
    private IEnumerable<string> Candidates(string path, IncludeRequest request)
    {
        string[] names = Path.HasExtension(path) || File.Exists(Confined(path, request))
            ? [path]
            : [path + ".json", path + ".conf"];
        return names.Select(n => Confined(n, request)).Where(File.Exists);
    }

    private string Confined(string path, IncludeRequest request)
    {
        var real = RealPath.Of(path);
        return RealPath.IsInside(real, _directory!)
            ? real
            : throw Refused(request, $"it lies outside the configuration directory {_directory}");
    }

    private Node Parse(string real, HoconOrigin origin, ParseContext context)
    {
        if (_open.Contains(real))
        {
            throw new HoconException(HoconErrorCodes.IncludeCycle, origin,
                $"{real} includes itself: {string.Join(" > ", _open.Reverse().Append(real))}", "Remove one of the includes.");
        }
        if (_open.Count > options.Limits.MaxIncludeDepth)
            throw Limit(origin, $"Includes are nested deeper than {options.Limits.MaxIncludeDepth} files");
        _open.Push(real);
        var text = ReadAll(real, origin);
        var root = DocumentParser.Parse(text, context with { Directory = Path.GetDirectoryName(real) });
        _open.Pop();
        return root;
    }

    /// <summary>Reads no more than allowed whatever length the file claims: a device or pipe has none.</summary>
    private string ReadAll(string real, HoconOrigin origin)
    {
        using var stream = new FileStream(real, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var bytes = new byte[options.Limits.MaxFileBytes + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        Count(length, origin with { File = real });
        try
        {
            return StrictUtf8.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException e)
        {
            throw new HoconException(HoconErrorCodes.BadEncoding, new HoconOrigin(real, 0, 0),
                $"The file is not UTF-8: {e.Message}", "Save it as UTF-8.");
        }
    }

    private void Count(int bytes, HoconOrigin origin)
    {
        if (bytes > options.Limits.MaxFileBytes)
            throw Limit(origin, $"The text is larger than {options.Limits.MaxFileBytes} bytes");
        if ((_bytes += bytes) > options.Limits.MaxTotalBytes)
            throw Limit(origin, $"All texts together are larger than {options.Limits.MaxTotalBytes} bytes");
        if (++_files > options.Limits.MaxFiles)
            throw Limit(origin, $"More than {options.Limits.MaxFiles} files are read");
    }

    /// <summary>Troubles of the file system are errors of the configuration: the user named the file.</summary>
    private static T Guard<T>(HoconOrigin origin, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new HoconException(HoconErrorCodes.FileMissing, origin, $"A file cannot be read: {e.Message}",
                "Check the path and its permissions.");
        }
    }

    private static HoconException Missing(HoconOrigin origin, string path) =>
        new(HoconErrorCodes.FileMissing, origin, $"The file {path} does not exist", "Create it or correct the path.");

    private static HoconException Refused(IncludeRequest request, string why) =>
        new(HoconErrorCodes.IncludeRefused, request.Origin, $"Including \"{request.Name}\" is refused: {why}",
            "Include a file below the configuration directory.");

    private static HoconException Limit(HoconOrigin origin, string what) =>
        new(HoconErrorCodes.Limit, origin, what, "Split or shorten the configuration.");

    internal static HoconException NotObject(string file) =>
        new(HoconErrorCodes.RootNotObject, new HoconOrigin(file, 1, 1), "The root is a list, not named settings",
            "Write key = value lines.");
}
