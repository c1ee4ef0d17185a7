using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>The form in which a checkpoint leaves the house: one line of JSON. Pure.</summary>
/// <remarks>
/// <c>body</c> and <c>signature</c> (base64) are what counts; <c>checkpoint</c>, <c>at</c>, <c>events</c> and <c>root</c> repeat what the
/// body says, for people. Without this program: decode both, and
/// <c>openssl dgst -sha256 -verify checkpoint-key.pub.pem -signature signature.bin body.bin</c>.
/// </remarks>
public static class PublishedForm
{
    private const int MaxLength = 1 << 20;

    // A plus sign of base64 stays one: the line goes to files and programs, never into a web page.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line, without its end.</summary>
    public static string Write(SignedCheckpoint seal)
    {
        ArgumentNullException.ThrowIfNull(seal);
        var checkpoint = CheckpointFormat.TryDecode(seal.Body) ?? throw new ArgumentException("These bytes are no checkpoint.", nameof(seal));
        return JsonSerializer.Serialize(new Line(
            checkpoint.Number, checkpoint.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), checkpoint.Events,
            Convert.ToHexStringLower(CheckpointFormat.RootIn(seal.Body)), seal.KeyId,
            Convert.ToBase64String(seal.Body), Convert.ToBase64String(seal.Signature)), Json);
    }

    /// <summary>Reads a line; null when it is none.</summary>
    public static SignedCheckpoint? TryRead(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return text.Length <= MaxLength && JsonSerializer.Deserialize<Line>(text, Json) is
            { Body: { } body, Signature: { } signature, Key: { } key }
                && Convert.FromBase64String(body) is var bytes && CheckpointFormat.TryDecode(bytes) is not null
                ? new SignedCheckpoint(bytes, key, Convert.FromBase64String(signature))
                : null;
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            return null;
        }
    }

    private sealed record Line(long Checkpoint, string? At, long Events, string? Root, string? Key, string? Body, string? Signature);
}
