using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Actors.Persistence;

/// <summary>The per-entity hash chain that makes an edited, deleted, reordered or inserted event visible.</summary>
/// <remarks>
/// <c>genesis = SHA256("entity" ‖ kind ‖ name)</c>;
/// <c>hash = SHA256("evt1" ‖ previous ‖ kind ‖ name ‖ seq ‖ epoch ‖ type id ‖ type version ‖ at ‖ len(meta) ‖ meta ‖ payload hash)</c>,
/// integers big-endian, strings as length-prefixed UTF-8, time as UTC ticks. Position and the store's own clock are outside:
/// they are unknown before the commit. The payload enters by its hash, so that a shredded payload leaves the chain valid.
/// </remarks>
public static class HashChain
{
    /// <summary>The hash before the first event of an entity.</summary>
    public static byte[] Genesis(PersistenceId id)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("entity"u8);
        AppendId(hash, id);
        return hash.GetHashAndReset();
    }

    /// <summary>SHA-256 of an event's payload.</summary>
    public static byte[] HashPayload(ReadOnlySpan<byte> payload) => SHA256.HashData(payload);

    /// <summary>The chain hash of an event, given the hash of the one before it.</summary>
    public static byte[] Next(
        ReadOnlySpan<byte> previous, PersistenceId id, long sequenceNr, long epoch, int typeId, short typeVersion,
        DateTimeOffset at, ReadOnlySpan<byte> meta, ReadOnlySpan<byte> payloadHash)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("evt1"u8);
        hash.AppendData(previous);
        AppendId(hash, id);
        Span<byte> fixedPart = stackalloc byte[34];
        BinaryPrimitives.WriteInt64BigEndian(fixedPart, sequenceNr);
        BinaryPrimitives.WriteInt64BigEndian(fixedPart[8..], epoch);
        BinaryPrimitives.WriteInt32BigEndian(fixedPart[16..], typeId);
        BinaryPrimitives.WriteInt16BigEndian(fixedPart[20..], typeVersion);
        BinaryPrimitives.WriteInt64BigEndian(fixedPart[22..], at.UtcTicks);
        BinaryPrimitives.WriteInt32BigEndian(fixedPart[30..], meta.Length);
        hash.AppendData(fixedPart);
        hash.AppendData(meta);
        hash.AppendData(payloadHash);
        return hash.GetHashAndReset();
    }

    /// <summary>Whether the event follows <paramref name="previous"/> unaltered (a shredded payload is accepted).</summary>
    public static bool Follows(ReadOnlySpan<byte> previous, JournalEvent stored)
    {
        if (stored.Payload is { } payload && !HashPayload(payload).AsSpan().SequenceEqual(stored.PayloadHash))
        {
            return false;
        }

        return Next(previous, stored.Id, stored.SequenceNr, stored.Epoch, stored.TypeId, stored.TypeVersion, stored.At,
            stored.Meta, stored.PayloadHash).AsSpan().SequenceEqual(stored.Hash);
    }

    private static void AppendId(IncrementalHash hash, PersistenceId id)
    {
        Span<byte> prefix = stackalloc byte[8];
        var name = Encoding.UTF8.GetBytes(id.Name);
        BinaryPrimitives.WriteInt32BigEndian(prefix, id.Kind);
        BinaryPrimitives.WriteInt32BigEndian(prefix[4..], name.Length);
        hash.AppendData(prefix);
        hash.AppendData(name);
    }
}
