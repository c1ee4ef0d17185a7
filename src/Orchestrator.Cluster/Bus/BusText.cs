using System.Text;

namespace Orchestrator.Cluster.Bus;

/// <summary>Text that comes from errors of anybody's code and must nevertheless fit a frame.</summary>
internal static class BusText
{
    private const int MaxLength = 2000;

    /// <summary>Whether UTF-8 can express the text: it holds no half surrogate pairs.</summary>
    public static bool IsWellFormed(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return true;
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var consumed) != System.Buffers.OperationStatus.Done) return false;
            rest = rest[consumed..];
        }

        return true;
    }

    /// <summary>The text, cut to 2000 characters, with replacements for what UTF-8 cannot express.</summary>
    public static string Sendable(string text)
    {
        var cut = text.Length <= MaxLength ? text : text[..MaxLength];
        return IsWellFormed(cut) ? cut : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cut));
    }
}
