using System.Text;

namespace Orchestrator.Hocon.Binding;

/// <summary>Names of keys: `RecoveryPointInterval` is written `recovery-point-interval`.</summary>
internal static class KeyNames
{
    /// <summary>Kebab case; runs of capitals stay together (`HTTPPort`: `http-port`), digits stay with what precedes.</summary>
    public static string Kebab(string name)
    {
        var kebab = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var starts = char.IsUpper(name[i]) && i > 0
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (starts)
                kebab.Append('-');
            kebab.Append(char.ToLowerInvariant(name[i]));
        }
        return kebab.ToString();
    }

    /// <summary>The known key most like a misspelt one, or null if none is near.</summary>
    public static string? Closest(string key, IEnumerable<string> known)
    {
        var nearest = known.Select(k => (Key: k, Distance: Distance(key, k))).DefaultIfEmpty(("", int.MaxValue)).MinBy(k => k.Item2);
        return nearest.Item2 <= Math.Max(2, key.Length / 3) ? nearest.Item1 : null;
    }

    /// <summary>Levenshtein distance, ignoring case and separators.</summary>
    private static int Distance(string left, string right)
    {
        var (a, b) = (Bare(left), Bare(right));
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }

    /// <summary>A name without separators and case: how enum names are compared.</summary>
    public static string Bare(string name) =>
        string.Concat(name.Where(c => c is not ('-' or '_'))).ToLowerInvariant();
}
