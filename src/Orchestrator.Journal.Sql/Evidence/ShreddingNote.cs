using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>On record: the payloads of these events were removed. Notes are never changed, and checkpoints seal them.</summary>
/// <param name="Number">From 1, consecutive.</param>
/// <param name="Id">The entity.</param>
/// <param name="First">The first event whose payload is gone.</param>
/// <param name="Last">The last one.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Caller">Who asked for it.</param>
/// <param name="Reason">Why.</param>
public sealed record ShreddingNote(
    long Number, PersistenceId Id, long First, long Last, DateTimeOffset At, string Caller, string Reason)
{
    /// <summary>
    /// <c>SHA256("shr1" ‖ number ‖ kind ‖ first ‖ last ‖ UTC ticks ‖ name ‖ caller ‖ reason)</c>, integers big-endian, texts as UTF-8
    /// behind their length in 4 bytes: a leaf of the tree of the notes.
    /// </summary>
    public byte[] Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("shr1"u8);
        Span<byte> numbers = stackalloc byte[36];
        BinaryPrimitives.WriteInt64BigEndian(numbers, Number);
        BinaryPrimitives.WriteInt32BigEndian(numbers[8..], Id.Kind);
        BinaryPrimitives.WriteInt64BigEndian(numbers[12..], First);
        BinaryPrimitives.WriteInt64BigEndian(numbers[20..], Last);
        BinaryPrimitives.WriteInt64BigEndian(numbers[28..], At.UtcTicks);
        hash.AppendData(numbers);
        Span<byte> length = stackalloc byte[4];
        foreach (var text in (ReadOnlySpan<string>)[Id.Name, Caller, Reason])
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return hash.GetHashAndReset();
    }
}
