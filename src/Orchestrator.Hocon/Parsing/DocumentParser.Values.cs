namespace Orchestrator.Hocon.Parsing;

internal sealed partial class DocumentParser
{
    /// <summary>Everything up to the end of the line, a comma or a closing bracket is one value.</summary>
    private Node ParseValue(List<string> keys)
    {
        var origin = Here;
        var pieces = new List<(Node Node, Token Token)>();
        while (!EndsValue(Current.Kind))
        {
            var token = Current;
            pieces.Add((ParsePiece(), token));
        }
        while (pieces is [.., (BlankNode, _)])
            pieces.RemoveAt(pieces.Count - 1);
        if (pieces.Count == 0)
            throw NoValue(keys);
        return pieces is [var (single, token1)]
            ? single is ScalarNode ? new ScalarNode(Typed(token1)) : single
            : Concatenate(pieces.ConvertAll(p => p.Node), origin);
    }

    private HoconException NoValue(List<string> keys)
    {
        var owner = keys.Count == 0 ? "A list element" : $"'{new HoconPath(keys)}'";
        return Syntax($"{owner} has no value: {Current} follows", "Write a value; an empty text is \"\", nothing at all is null.");
    }

    private static bool EndsValue(TokenKind kind) => kind is TokenKind.Newline or TokenKind.Comma or TokenKind.End
        or TokenKind.CloseObject or TokenKind.CloseArray;

    private Node ParsePiece()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.OpenObject:
                return ParseObject();
            case TokenKind.OpenArray:
                return ParseArray();
            case TokenKind.OpenReference or TokenKind.OpenOptionalReference:
                return ParseReference();
            case TokenKind.Blank:
                _at++;
                return new BlankNode(token.Text, token.Origin(_context.File));
            case TokenKind.Unquoted or TokenKind.Number or TokenKind.Quoted:
                _at++;
                return new ScalarNode(Text(token.Text, token.Origin(_context.File)));
            default:
                throw Syntax($"{token} cannot be part of a value without quotes", "Put the value into double quotes.");
        }
    }

    private ReferenceNode ParseReference()
    {
        var open = Current;
        var origin = Here;
        var start = ++_at;
        while (Current.IsText || Current.Kind == TokenKind.Blank)
            _at++;
        if (Current.Kind != TokenKind.CloseObject)
            throw Syntax($"A substitution holds {Current}", "Write ${path} or ${?path} on one line.");
        var keys = PathParser.Parse(_tokens[start.._at], Here);
        _at++;
        if (_context is { InsideList: true })
        {
            throw Syntax(origin, "A file included inside a list element holds a substitution, which has no path there",
                "Include the file at a key, and refer to that key in the list.");
        }
        var optional = open.Kind == TokenKind.OpenOptionalReference;
        return new ReferenceNode([.. _context.Prefix, .. keys], _context.Prefix.Count, optional, own: false, origin);
    }

    private static Node Concatenate(List<Node> pieces, HoconOrigin origin)
    {
        RefuseMixed(pieces, origin);
        if (pieces.TrueForAll(p => p is ScalarNode or BlankNode))
        {
            var text = string.Concat(pieces.Select(p => p is ScalarNode s ? s.Value.Text : ((BlankNode)p).Text));
            return new ScalarNode(Text(text, origin));
        }
        if (!pieces.TrueForAll(p => p is ObjectNode or BlankNode))
            return new ConcatNode(pieces, origin);
        var merged = new ObjectNode(origin);
        foreach (var piece in pieces.OfType<ObjectNode>())
            merged.MergeFrom(piece);
        return merged;
    }

    private static void RefuseMixed(List<Node> pieces, HoconOrigin origin)
    {
        if (pieces.Exists(p => p is ScalarNode) && pieces.Find(p => p is ObjectNode or ArrayNode) is { } structure)
        {
            var kind = structure is ArrayNode ? "a list" : "an object";
            throw new HoconException(HoconErrorCodes.MixedConcatenation, origin, $"Text and {kind} stand side by side",
                "Put the text into quotes, or separate the values by a comma or a new line.");
        }
    }

    private HoconScalar Typed(Token token)
    {
        var kind = token switch
        {
            { Kind: TokenKind.Number } => HoconScalarKind.Number,
            { Kind: TokenKind.Unquoted, Text: "true" or "false" } => HoconScalarKind.Boolean,
            { Kind: TokenKind.Unquoted, Text: "null" } => HoconScalarKind.Null,
            _ => HoconScalarKind.Text,
        };
        return new HoconScalar(kind, token.Text, token.Origin(_context.File));
    }

    private static HoconScalar Text(string text, HoconOrigin origin) => new(HoconScalarKind.Text, text, origin);
}
