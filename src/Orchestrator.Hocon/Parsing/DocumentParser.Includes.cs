namespace Orchestrator.Hocon.Parsing;

internal sealed partial class DocumentParser
{
    /// <summary>`include "f"`, `include file("f")`, `include required(...)`: the name is one quoted literal.</summary>
    private void ParseInclude(ObjectNode target)
    {
        var origin = Here;
        _at++;
        SkipBlanksAndNewlines();
        var before = TakeUnquotedRun();
        if (Current.Kind != TokenKind.Quoted)
        {
            throw Syntax($"An include names {Current} instead of a quoted file",
                "Write include \"file.conf\"; a key called include is written \"include\".");
        }
        var name = Current.Text;
        _at++;
        var request = Request(name, before, TakeUnquotedRun(), origin);
        if (!EndsValue(Current.Kind))
            throw Syntax($"{Current} follows an include", "Put the next setting on a new line.");
        if (_context.Includes.Load(request, Included(request)) is { } included)
            target.MergeFrom(included);
    }

    private ParseContext Included(IncludeRequest request) => _context with
    {
        File = request.Name,
        Prefix = [.. _path],
        InsideList = _context.InsideList || _arrays > 0,
    };

    /// <summary>The text of the unquoted tokens ahead, blanks left out.</summary>
    private string TakeUnquotedRun()
    {
        var text = "";
        for (; Current.Kind is TokenKind.Unquoted or TokenKind.Blank; _at++)
            text += Current.Kind == TokenKind.Unquoted ? Current.Text : "";
        return text;
    }

    private IncludeRequest Request(string name, string before, string after, HoconOrigin origin)
    {
        var rest = before;
        var required = rest.StartsWith("required(", StringComparison.Ordinal);
        if (required)
            rest = rest["required(".Length..];
        var closing = (required ? ")" : "") + (rest.Length > 0 ? ")" : "");
        if (rest is "url(" or "classpath(" or "package(")
        {
            throw new HoconException(HoconErrorCodes.IncludeRefused, origin,
                $"include {rest}\"{name}\") is not allowed: only files are", "Copy the text into a file and include that.");
        }
        if (rest is not ("" or "file(") || after != closing)
        {
            throw Syntax(origin, $"include {before}\"{name}\"{after} is no include",
                "Write include \"f\", include file(\"f\") or include required(file(\"f\")).");
        }
        return new IncludeRequest(name, required, origin, _context.Directory);
    }
}
