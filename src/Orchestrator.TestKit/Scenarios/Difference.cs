using System.Collections;
using System.Reflection;
using System.Text;

namespace Orchestrator.TestKit.Scenarios;

/// <summary>Tells in text how two lists of events differ: <c>-</c> expected and missing, <c>+</c> there and unexpected, <c>~</c> not equal.</summary>
/// <remarks>By the longest common subsequence, so that one missing event does not make all later ones look wrong.</remarks>
internal static class Difference
{
    public static string? Of(IReadOnlyList<object> expected, IReadOnlyList<object> actual)
    {
        if (expected.SequenceEqual(actual))
            return null;

        var text = new StringBuilder();
        var edits = Edits(expected, actual);
        for (var i = 0; i < edits.Count; i++)
        {
            var (sign, value) = edits[i];
            if (sign == '-' && i + 1 < edits.Count && edits[i + 1] is ('+', var other) && other.GetType() == value.GetType())
            {
                WriteChanged(text, value, other);
                i++;
            }
            else
            {
                text.Append(sign).Append(' ').AppendLine(value.ToString());
            }
        }

        return text.ToString();
    }

    private static List<(char Sign, object Value)> Edits(IReadOnlyList<object> expected, IReadOnlyList<object> actual)
    {
        var common = CommonLengths(expected, actual);
        var edits = new List<(char, object)>();
        var (i, j) = (0, 0);
        while (i < expected.Count || j < actual.Count)
        {
            if (i < expected.Count && j < actual.Count && Equals(expected[i], actual[j]))
            {
                edits.Add((' ', expected[i++]));
                j++;
            }
            else if (i < expected.Count && (j == actual.Count || common[i + 1, j] >= common[i, j + 1]))
            {
                edits.Add(('-', expected[i++]));
            }
            else
            {
                edits.Add(('+', actual[j++]));
            }
        }

        return edits;
    }

    private static int[,] CommonLengths(IReadOnlyList<object> expected, IReadOnlyList<object> actual)
    {
        var common = new int[expected.Count + 1, actual.Count + 1];
        for (var i = expected.Count - 1; i >= 0; i--)
        {
            for (var j = actual.Count - 1; j >= 0; j--)
                common[i, j] = Equals(expected[i], actual[j]) ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        return common;
    }

    private static void WriteChanged(StringBuilder text, object expected, object actual)
    {
        text.Append("~ ").AppendLine(expected.GetType().Name);
        foreach (var property in expected.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0).OrderBy(property => property.Name, StringComparer.Ordinal))
        {
            var (was, now) = (property.GetValue(expected), property.GetValue(actual));
            if (!Equals(was, now))
                text.Append("    ").Append(property.Name).Append(": expected ").Append(Show(was)).Append(", got ").AppendLine(Show(now));
        }
    }

    private static string Show(object? value) => value switch
    {
        null => "nothing",
        string text => text,
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>())}]",
        _ => value.ToString() ?? "",
    };
}
