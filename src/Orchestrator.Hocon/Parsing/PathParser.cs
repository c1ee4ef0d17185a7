using System.Text;

namespace Orchestrator.Hocon.Parsing;

/// <summary>Reads the keys of a path expression from its tokens.</summary>
internal static class PathParser
{
    /// <summary>Splits at dots outside quotes; blanks at both ends are dropped, blanks inside belong to a key.</summary>
    /// <exception cref="HoconException">No key, an empty key without quotes, or a token that no key may hold.</exception>
    public static List<string> Parse(IReadOnlyList<Token> tokens, HoconOrigin end)
    {
        var first = 0;
        var last = tokens.Count - 1;
        while (first <= last && tokens[first].Kind == TokenKind.Blank)
            first++;
        while (last >= first && tokens[last].Kind == TokenKind.Blank)
            last--;
        var origin = first <= last ? tokens[first].Origin(end.File) : end;
        var keys = new List<string>();
        var key = new StringBuilder();
        var started = false;
        for (var i = first; i <= last; i++)
            Append(tokens[i], keys, key, ref started, end.File);
        Finish(keys, key, ref started, origin);
        return keys;
    }

    private static void Append(Token token, List<string> keys, StringBuilder key, ref bool started, string file)
    {
        if (token.Kind is TokenKind.Quoted or TokenKind.Blank)
        {
            key.Append(token.Text);
            started = true;
            return;
        }
        if (!token.IsText)
        {
            throw new HoconException(HoconErrorCodes.Syntax, token.Origin(file),
                $"{token} cannot be part of a key", "Put the key into double quotes.");
        }
        foreach (var c in token.Text)
        {
            if (c == '.')
            {
                Finish(keys, key, ref started, token.Origin(file));
                continue;
            }
            key.Append(c);
            started = true;
        }
    }

    private static void Finish(List<string> keys, StringBuilder key, ref bool started, HoconOrigin origin)
    {
        if (!started)
        {
            throw new HoconException(HoconErrorCodes.Syntax, origin, "A path has an empty key",
                "Remove the extra dot, or name the key; a key that is really empty is written \"\".");
        }
        keys.Add(key.ToString());
        key.Clear();
        started = false;
    }
}
