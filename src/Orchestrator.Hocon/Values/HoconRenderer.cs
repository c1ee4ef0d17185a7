using System.Globalization;
using System.Text;

namespace Orchestrator.Hocon;

/// <summary>Writes values as HOCON.</summary>
public static class HoconRenderer
{
    private const string Mask = "\"***\"";

    private static readonly string[] SecretWords = ["password", "passphrase", "secret", "token", "private-key", "connection-string"];

    /// <summary>Text from which the parser makes an equal value again (for a root object or list).</summary>
    /// <param name="value">What to write.</param>
    /// <param name="json">Whether to write JSON instead of the shorter HOCON.</param>
    public static string Render(HoconValue value, bool json = false) => Write(value, json, masked: false);

    /// <summary>Like <see cref="Render"/>, for logs: values from the environment, and keys that sound like secrets, show
    /// as `***`.</summary>
    public static string RenderMasked(HoconValue value) => Write(value, json: false, masked: true);

    /// <summary>A text in double quotes, with escapes as in JSON.</summary>
    internal static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
            quoted.Append(Escape(c));
        return quoted.Append('"').ToString();
    }

    /// <summary>A key, quoted where it has to be.</summary>
    internal static string RenderKey(string key) => IsPlain(key) ? key : Quote(key);

    /// <summary>Whether a key sounds like a secret. A path to one (`token-file`) is none, and helps when it is wrong.</summary>
    internal static bool IsSecret(string key) =>
        !key.EndsWith("-file", StringComparison.OrdinalIgnoreCase)
        && SecretWords.Any(w => key.Contains(w, StringComparison.OrdinalIgnoreCase));

    private static string Write(HoconValue value, bool json, bool masked)
    {
        ArgumentNullException.ThrowIfNull(value);
        var text = new StringBuilder();
        new Writer(text, json, masked).Write(value, 0);
        return text.ToString();
    }

    /// <summary>Control characters and lone surrogates cannot stand in a UTF-8 file as they are.</summary>
    private static string Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ when char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\uFEFF' =>
            "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
        _ => c.ToString(),
    };

    /// <summary>Plain keys are kept to what is safe in every HOCON reader: letters, digits, '-' and '_'.</summary>
    private static bool IsPlain(string key) =>
        key.Length > 0 && key != "include" && char.IsAsciiLetter(key[0])
        && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private sealed class Writer(StringBuilder text, bool json, bool masked)
    {
        public void Write(HoconValue value, int indent)
        {
            switch (value)
            {
                case HoconObject o:
                    WriteObject(o, indent);
                    break;
                case HoconArray a:
                    WriteArray(a, indent);
                    break;
                case HoconScalar s:
                    text.Append(masked && s.FromEnvironment ? Mask : s.Kind == HoconScalarKind.Text ? Quote(s.Text) : s.Text);
                    break;
            }
        }

        private void WriteObject(HoconObject o, int indent)
        {
            text.Append('{');
            var first = true;
            foreach (var (key, value) in o.Fields)
            {
                Separate(ref first, indent + 1);
                text.Append(json ? Quote(key) : RenderKey(key)).Append(json ? ": " : " = ");
                if (masked && IsSecret(key, value))
                    text.Append(Mask);
                else
                    Write(value, indent + 1);
            }
            Close(first, indent, '}');
        }

        private void WriteArray(HoconArray a, int indent)
        {
            text.Append('[');
            var first = true;
            foreach (var item in a.Items)
            {
                Separate(ref first, indent + 1);
                Write(item, indent + 1);
            }
            Close(first, indent, ']');
        }

        private void Separate(ref bool first, int indent)
        {
            if (!first && json)
                text.Append(',');
            first = false;
            text.Append('\n').Append(' ', 2 * indent);
        }

        private void Close(bool empty, int indent, char bracket)
        {
            if (!empty)
                text.Append('\n').Append(' ', 2 * indent);
            text.Append(bracket);
        }

        private static bool IsSecret(string key, HoconValue value) =>
            value is HoconScalar { Kind: not HoconScalarKind.Null } && HoconRenderer.IsSecret(key);
    }
}
