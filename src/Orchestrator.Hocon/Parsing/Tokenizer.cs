using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Orchestrator.Hocon.Parsing;

/// <summary>Cuts text into tokens by the rules of the HOCON specification (lightbend/config, HOCON.md, "Syntax").</summary>
internal sealed partial class Tokenizer
{
    /// <summary>Characters that an unquoted string may not hold: they are syntax, or kept for later syntax.</summary>
    private const string Reserved = "$\"{}[]:=,+#`^?!@*&\\";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private readonly string _text;
    private readonly string _file;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;
    private int _lineStart;

    private Tokenizer(string text, string file)
    {
        _text = text;
        _file = file;
    }

    private HoconOrigin Here => new(_file, _line, _at - _lineStart + 1);

    /// <summary>All tokens of a text; the last is <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="HoconException">A reserved character, or a string that does not end.</exception>
    public static List<Token> Tokenize(string text, string file)
    {
        var tokenizer = new Tokenizer(text, file);
        while (tokenizer._at < text.Length)
            tokenizer.Next();
        tokenizer.Add(TokenKind.End, "", tokenizer._at);
        return tokenizer._tokens;
    }

    /// <summary>Whether a text is a JSON number.</summary>
    public static bool IsNumber(string text) => JsonNumber().IsMatch(text);

    /// <summary>Blank in the sense of the specification: Unicode separators, BOM, and control blanks but not `\n`.</summary>
    public static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\v' or '\f' or '\uFEFF'
        || c is >= '\u001C' and <= '\u001F'
        || (c > 127 && char.GetUnicodeCategory(c) is UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    public static bool IsReserved(char c) => Reserved.Contains(c);

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex JsonNumber();

    private void Next()
    {
        var c = _text[_at];
        if (c == '\n')
            TakeNewline();
        else if (IsBlank(c))
            TakeBlank();
        else if (c == '#' || IsSlashes(_at))
            SkipComment();
        else if (c == '"')
            TakeQuoted();
        else if (c == '$')
            TakeReference();
        else if (c == '+')
            TakePlusAssign();
        else if (Punctuation(c) is { } kind)
            TakeSingle(kind);
        else if (char.IsAsciiDigit(c) || c == '-')
            TakeNumber();
        else if (IsReserved(c))
            throw ReservedCharacter(c);
        else
            TakeUnquoted();
    }

    private static TokenKind? Punctuation(char c) => c switch
    {
        ',' => TokenKind.Comma,
        ':' or '=' => TokenKind.Assign,
        '{' => TokenKind.OpenObject,
        '}' => TokenKind.CloseObject,
        '[' => TokenKind.OpenArray,
        ']' => TokenKind.CloseArray,
        _ => null,
    };

    private bool IsSlashes(int at) => string.CompareOrdinal(_text, at, "//", 0, 2) == 0;

    private void TakeSingle(TokenKind kind)
    {
        _at++;
        Add(kind, _text[(_at - 1).._at], _at - 1);
    }

    private void TakeNewline()
    {
        TakeSingle(TokenKind.Newline);
        _line++;
        _lineStart = _at;
    }

    private void TakeBlank()
    {
        var start = _at;
        while (_at < _text.Length && IsBlank(_text[_at]))
            _at++;
        Add(TokenKind.Blank, _text[start.._at], start);
    }

    private void SkipComment()
    {
        var end = _text.IndexOf('\n', _at);
        _at = end < 0 ? _text.Length : end;
    }

    private void TakeReference()
    {
        var start = _at;
        if (string.CompareOrdinal(_text, _at, "${", 0, 2) != 0)
            throw ReservedCharacter('$');
        var optional = string.CompareOrdinal(_text, _at, "${?", 0, 3) == 0;
        _at += optional ? 3 : 2;
        Add(optional ? TokenKind.OpenOptionalReference : TokenKind.OpenReference, _text[start.._at], start);
    }

    private void TakePlusAssign()
    {
        if (string.CompareOrdinal(_text, _at, "+=", 0, 2) != 0)
            throw ReservedCharacter('+');
        _at += 2;
        Add(TokenKind.PlusAssign, "+=", _at - 2);
    }

    private void TakeUnquoted()
    {
        var start = _at;
        while (_at < _text.Length && IsUnquoted(_at))
            _at++;
        Add(TokenKind.Unquoted, _text[start.._at], start);
    }

    private bool IsUnquoted(int at)
    {
        var c = _text[at];
        return c != '\n' && !IsReserved(c) && !IsBlank(c) && !IsSlashes(at);
    }

    /// <summary>A digit or '-' starts a number; what only looks like one (`1.2.3`, `10-20`) is text as written.</summary>
    private void TakeNumber()
    {
        var start = _at++;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '.' or '-' or 'e' or 'E' || IsExponentSign()))
            _at++;
        var text = _text[start.._at];
        if (!IsNumber(text) && text.Contains('+'))
            throw ReservedCharacter('+');
        Add(IsNumber(text) ? TokenKind.Number : TokenKind.Unquoted, text, start);
    }

    private bool IsExponentSign() => _text[_at] == '+' && _text[_at - 1] is 'e' or 'E' && !IsPlusAssign();

    private bool IsPlusAssign() => string.CompareOrdinal(_text, _at, "+=", 0, 2) == 0;

    private void TakeQuoted()
    {
        if (string.CompareOrdinal(_text, _at, "\"\"\"", 0, 3) == 0)
            TakeRaw();
        else
            TakeEscaped();
    }

    /// <summary>`"""` strings know no escapes; of more than three closing quotes the first ones belong to the string.</summary>
    private void TakeRaw()
    {
        var origin = Here;
        var end = _text.IndexOf("\"\"\"", _at + 3, StringComparison.Ordinal);
        if (end < 0)
            throw Syntax(origin, "A \"\"\" string does not end", "Add the closing \"\"\".");
        while (end + 3 < _text.Length && _text[end + 3] == '"')
            end++;
        var text = _text[(_at + 3)..end];
        _tokens.Add(new Token(TokenKind.Quoted, text, origin.Line, origin.Column));
        for (var i = _at; i < end; i++)
        {
            if (_text[i] == '\n')
            {
                _line++;
                _lineStart = i + 1;
            }
        }
        _at = end + 3;
    }

    private void TakeEscaped()
    {
        var origin = Here;
        var start = _at++;
        var value = new StringBuilder();
        while (true)
        {
            if (_at >= _text.Length || _text[_at] == '\n')
                throw Syntax(origin, "A string does not end on its line", "Add the closing quote, or use \"\"\" for text of several lines.");
            var c = _text[_at];
            if (c == '"')
                break;
            if (c < ' ')
                throw Syntax(Here, $"A string holds the control character U+{(int)c:X4}", $"Write it as \\u{(int)c:X4}.");
            _at++;
            value.Append(c == '\\' ? TakeEscape() : c);
        }
        _at++;
        Add(TokenKind.Quoted, value.ToString(), start);
    }

    private char TakeEscape()
    {
        if (_at >= _text.Length)
            throw Syntax(Here, "A string ends inside an escape", "Complete the escape and close the string.");
        var c = _text[_at++];
        return c switch
        {
            '"' or '\\' or '/' => c,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => TakeUnicode(),
            _ => throw Syntax(Here, $"'\\{c}' is no escape", "Use one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX; double the backslash of a path."),
        };
    }

    private char TakeUnicode()
    {
        if (_at + 4 > _text.Length || _text.AsSpan(_at, 4).ContainsAnyExcept(HexDigits))
            throw Syntax(Here, "\\u needs four hexadecimal digits", "Write for example \\u00e9.");
        _at += 4;
        return (char)ushort.Parse(_text.AsSpan(_at - 4, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private void Add(TokenKind kind, string text, int start) =>
        _tokens.Add(new Token(kind, text, _line, start - _lineStart + 1));

    private HoconException ReservedCharacter(char c) =>
        Syntax(Here, $"'{c}' is reserved outside quotes", "Put the text into double quotes.");

    private static HoconException Syntax(HoconOrigin origin, string what, string advice) =>
        new(HoconErrorCodes.Syntax, origin, what, advice);
}
