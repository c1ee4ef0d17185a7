namespace Orchestrator.Hocon.Parsing;

/// <summary>The kinds of token. Comments are dropped; blanks matter, because they count inside a concatenation.</summary>
internal enum TokenKind
{
    End,
    Newline,
    Blank,
    Comma,
    Assign,
    PlusAssign,
    OpenObject,
    CloseObject,
    OpenArray,
    CloseArray,
    OpenReference,
    OpenOptionalReference,
    Unquoted,
    Number,
    Quoted,
}

/// <summary>One token with its text (unescaped for <see cref="TokenKind.Quoted"/>) and its place.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, int Column)
{
    public bool IsText => Kind is TokenKind.Unquoted or TokenKind.Number or TokenKind.Quoted;

    public HoconOrigin Origin(string file) => new(file, Line, Column);

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the text",
        TokenKind.Newline => "the end of the line",
        TokenKind.Blank => "a blank",
        TokenKind.Quoted => "the string " + HoconRenderer.Quote(Text.Length > 40 ? Text[..40] + "..." : Text),
        _ => $"'{(Text.Length > 40 ? Text[..40] + "..." : Text)}'",
    };
}
