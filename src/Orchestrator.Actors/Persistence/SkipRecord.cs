using System.Buffers.Binary;
using System.Text;

namespace Orchestrator.Actors.Persistence;

/// <summary>An operator's decision, stored in an entity's history, that one event of it is passed over from now on.</summary>
/// <remarks>
/// Stored under a type number reserved for the kernel: entity kinds use numbers from 0. Recovery passes over the event even if a
/// later build could read it, because everything after it was decided without it. Payload:
/// <c>seq ‖ hash of the event ‖ length ‖ reason ‖ length ‖ by</c>, big-endian, texts in UTF-8.
/// </remarks>
/// <param name="SequenceNr">The event passed over.</param>
/// <param name="EventHash">Its chain hash: the decision is about this very event.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">Who decided.</param>
public sealed record SkipRecord(long SequenceNr, byte[] EventHash, string Reason, string By)
{
    /// <summary>The type number of these records.</summary>
    public const int TypeId = -1;

    /// <summary>The version of their payload.</summary>
    public const short TypeVersion = 1;

    private const int HashLength = 32;

    /// <summary>Whether a stored event is such a record. It changes no state.</summary>
    public static bool Is(JournalEvent stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return stored.TypeId == TypeId;
    }

    /// <summary>Reads a record.</summary>
    /// <exception cref="UnknownEventException">It is shredded, damaged, or of a version this build does not know.</exception>
    public static SkipRecord Decode(JournalEvent stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        if (!Is(stored) || stored.TypeVersion != TypeVersion || stored.Payload is not { Length: >= 8 + HashLength } payload)
            throw new UnknownEventException(stored.TypeId, stored.TypeVersion);

        var rest = payload.AsSpan(8 + HashLength);
        return new SkipRecord(
            BinaryPrimitives.ReadInt64BigEndian(payload), payload[8..(8 + HashLength)], ReadText(stored, ref rest), ReadText(stored, ref rest));
    }

    /// <summary>The record as bytes.</summary>
    public byte[] Encode()
    {
        var (reason, by) = (Encoding.UTF8.GetBytes(Reason), Encoding.UTF8.GetBytes(By));
        var payload = new byte[8 + HashLength + 4 + reason.Length + 4 + by.Length];
        BinaryPrimitives.WriteInt64BigEndian(payload, SequenceNr);
        EventHash.CopyTo(payload, 8);
        WriteText(payload.AsSpan(8 + HashLength), reason);
        WriteText(payload.AsSpan(8 + HashLength + 4 + reason.Length), by);
        return payload;
    }

    private static void WriteText(Span<byte> at, byte[] text)
    {
        BinaryPrimitives.WriteInt32BigEndian(at, text.Length);
        text.CopyTo(at[4..]);
    }

    private static string ReadText(JournalEvent stored, ref Span<byte> rest)
    {
        var length = rest.Length >= 4 ? BinaryPrimitives.ReadInt32BigEndian(rest) : -1;
        if (length < 0 || length > rest.Length - 4)
            throw new UnknownEventException(stored.TypeId, stored.TypeVersion);

        var text = Encoding.UTF8.GetString(rest.Slice(4, length));
        rest = rest[(4 + length)..];
        return text;
    }
}
