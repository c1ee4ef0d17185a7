namespace Orchestrator.Hocon.Parsing;

/// <summary>Builds the tree of one text. Substitutions stay as nodes; includes are read through the context.</summary>
internal sealed partial class DocumentParser
{
    private readonly List<Token> _tokens;
    private readonly ParseContext _context;
    private readonly List<string> _path;
    private int _at;
    private int _depth;
    private int _arrays;

    private DocumentParser(List<Token> tokens, ParseContext context)
    {
        _tokens = tokens;
        _context = context;
        _path = [.. context.Prefix];
    }

    private Token Current => _tokens[_at];

    private HoconOrigin Here => Current.Origin(_context.File);

    /// <summary>Parses a text whose root is an object, with or without braces, or a list.</summary>
    /// <exception cref="HoconException">The text is not HOCON, or an include in it fails.</exception>
    public static Node Parse(string text, ParseContext context)
    {
        var parser = new DocumentParser(Tokenizer.Tokenize(text, context.File), context);
        var root = parser.ParseRoot();
        parser.SkipBlanksAndNewlines();
        if (parser.Current.Kind != TokenKind.End)
        {
            throw parser.Syntax($"{parser.Current} stands after the end of the root value",
                "Remove it, or check for a closing bracket too many.");
        }
        return root;
    }

    private Node ParseRoot()
    {
        SkipBlanksAndNewlines();
        switch (Current.Kind)
        {
            case TokenKind.OpenObject:
                return ParseObject();
            case TokenKind.OpenArray:
                return ParseArray();
            default:
                var root = new ObjectNode(new HoconOrigin(_context.File, 1, 1));
                ParseFields(root, TokenKind.End);
                return root;
        }
    }

    private ObjectNode ParseObject()
    {
        var result = new ObjectNode(Here);
        Enter();
        _at++;
        ParseFields(result, TokenKind.CloseObject);
        _at++;
        _depth--;
        return result;
    }

    private ArrayNode ParseArray()
    {
        var origin = Here;
        var items = new List<Node>();
        Enter();
        _arrays++;
        _at++;
        SkipBlanksAndNewlines();
        while (Current.Kind != TokenKind.CloseArray)
        {
            RefuseLeadingComma();
            items.Add(ParseValue([]));
            TakeSeparator(TokenKind.CloseArray);
        }
        _at++;
        _arrays--;
        _depth--;
        return new ArrayNode(items, origin);
    }

    private void ParseFields(ObjectNode target, TokenKind close)
    {
        SkipBlanksAndNewlines();
        while (Current.Kind != close)
        {
            RefuseLeadingComma();
            if (Current is { Kind: TokenKind.Unquoted, Text: "include" })
                ParseInclude(target);
            else
                ParseField(target);
            TakeSeparator(close);
        }
    }

    private void ParseField(ObjectNode target)
    {
        var origin = Here;
        var keys = ParseKey();
        var added = Current.Kind == TokenKind.PlusAssign;
        if (Current.Kind != TokenKind.OpenObject)
            _at++;
        SkipBlanksAndNewlines();
        _path.AddRange(keys);
        _depth += keys.Count - 1;
        Enter();
        _arrays += added ? 1 : 0;
        var value = ParseValue(keys);
        _arrays -= added ? 1 : 0;
        target.Add(keys, added ? Appended(value, origin) : value);
        _depth -= keys.Count;
        _path.RemoveRange(_path.Count - keys.Count, keys.Count);
    }

    /// <summary>`a += v` means `a = ${?a} [v]`, with the field itself as the only thing the reference may find.</summary>
    private ConcatNode Appended(Node value, HoconOrigin origin)
    {
        if (_arrays > 0)
            throw Syntax(origin, "'+=' inside a list element has no earlier value to add to", "Write the list out with '='.");
        var self = new ReferenceNode([.. _path], _context.Prefix.Count, optional: true, own: true, origin);
        return new ConcatNode([self, new ArrayNode([value], value.Origin)], origin);
    }

    private List<string> ParseKey()
    {
        var start = _at;
        while (Current.IsText || Current.Kind == TokenKind.Blank)
            _at++;
        var tokens = _tokens[start.._at];
        var end = Here;
        if (Current.Kind == TokenKind.Newline)
            SkipBlanksAndNewlines();
        if (Current.Kind is TokenKind.Assign or TokenKind.PlusAssign or TokenKind.OpenObject && tokens.Count > 0)
            return PathParser.Parse(tokens, end);
        throw tokens.Count == 0
            ? Syntax($"{Current} stands where a key should be", "Name the key first: key = value.")
            : Syntax($"{Current} follows the key '{string.Concat(tokens.Select(t => t.Text)).Trim()}'", "Write '=' and a value after the key.");
    }

    private void TakeSeparator(TokenKind close)
    {
        SkipBlanks();
        var newline = Current.Kind == TokenKind.Newline;
        SkipBlanksAndNewlines();
        if (Current.Kind == TokenKind.Comma)
        {
            _at++;
            SkipBlanksAndNewlines();
        }
        else if (!newline && Current.Kind != close)
        {
            throw Syntax($"{Current} stands where a comma, a new line or {Name(close)} should be",
                "Close what is open, or put text with reserved characters into double quotes.");
        }
    }

    private void RefuseLeadingComma()
    {
        if (Current.Kind == TokenKind.Comma)
            throw Syntax("A comma has nothing before it", "Remove the comma.");
    }

    private static string Name(TokenKind close) => close switch
    {
        TokenKind.CloseArray => "']'",
        TokenKind.CloseObject => "'}'",
        _ => "the end of the text",
    };

    private void Enter()
    {
        if (++_depth >= HoconValue.MaxDepth)
        {
            throw new HoconException(HoconErrorCodes.Limit, Here,
                $"Values are nested deeper than {HoconValue.MaxDepth} levels", "Flatten the structure.");
        }
    }

    private void SkipBlanks()
    {
        while (Current.Kind == TokenKind.Blank)
            _at++;
    }

    private void SkipBlanksAndNewlines()
    {
        while (Current.Kind is TokenKind.Blank or TokenKind.Newline)
            _at++;
    }

    private HoconException Syntax(string what, string advice) => Syntax(Here, what, advice);

    private static HoconException Syntax(HoconOrigin origin, string what, string advice) =>
        new(HoconErrorCodes.Syntax, origin, what, advice);
}
