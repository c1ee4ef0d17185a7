using System.Buffers.Binary;
using System.Security.Cryptography;
using Orchestrator.Journal.Sql.Evidence.Merkle;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>The bytes of a checkpoint: fixed places, integers big-endian, one way to write each. Pure.</summary>
/// <remarks>
/// <code>
///  0   8  "orcckpt1"
///  8   8  number
/// 16   8  time, in ticks of 100 ns since 0001-01-01 UTC
/// 24  32  SHA-256 of the previous checkpoint's bytes, zeros for the first
/// 56   8  number of shredding notes       64  32  root of their tree
/// 96   4  number of shards k
/// 100 40k per shard: 8 number of events, 32 root of their tree
/// end 32  root of the tree whose leaves are the k blocks of 40 bytes and, last, the 40 bytes at 56
/// </code>
/// </remarks>
public static class CheckpointFormat
{
    private const int NumberAt = 8;
    private const int TimeAt = 16;
    private const int PreviousAt = 24;
    private const int ShreddingsAt = 56;
    private const int CountAt = 96;
    private const int ShardsAt = 100;
    private const int HeadLength = 8 + MerkleHash.Length;

    private static ReadOnlySpan<byte> Magic => "orcckpt1"u8;

    /// <summary>The checkpoint's bytes.</summary>
    public static byte[] Encode(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var body = new byte[LengthOf(checkpoint.Shards.Count)];
        Magic.CopyTo(body);
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(NumberAt), checkpoint.Number);
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(TimeAt), checkpoint.At.UtcTicks);
        checkpoint.Previous.CopyTo(body.AsSpan(PreviousAt, MerkleHash.Length));
        Write(body.AsSpan(ShreddingsAt), checkpoint.Shreddings);
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(CountAt), checkpoint.Shards.Count);
        for (var i = 0; i < checkpoint.Shards.Count; i++)
        {
            Write(body.AsSpan(ShardsAt + (i * HeadLength)), checkpoint.Shards[i]);
        }

        RootOf(body).CopyTo(body.AsSpan(body.Length - MerkleHash.Length));
        return body;
    }

    /// <summary>Reads a checkpoint; null when the bytes are not one, whole and in canonical form.</summary>
    public static Checkpoint? TryDecode(ReadOnlySpan<byte> body)
    {
        if (body.Length < ShardsAt || !body.StartsWith(Magic)
            || BinaryPrimitives.ReadInt32BigEndian(body[CountAt..]) is not (>= 1 and <= JournalLimits.MaxShardCount and var count)
            || body.Length != LengthOf(count) || !RootOf(body).AsSpan().SequenceEqual(body[^MerkleHash.Length..])
            || BinaryPrimitives.ReadInt64BigEndian(body[TimeAt..]) is not (>= 0 and var ticks) || ticks > DateTimeOffset.MaxValue.UtcTicks)
        {
            return null;
        }

        var shards = new TreeHead[count];
        for (var i = 0; i < count; i++)
        {
            shards[i] = Read(body[(ShardsAt + (i * HeadLength))..]);
        }

        return new Checkpoint(BinaryPrimitives.ReadInt64BigEndian(body[NumberAt..]), new DateTimeOffset(ticks, TimeSpan.Zero),
            body.Slice(PreviousAt, MerkleHash.Length).ToArray(), shards, Read(body[ShreddingsAt..]));
    }

    /// <summary>SHA-256 of the bytes: what the next checkpoint names as its previous one.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> body) => SHA256.HashData(body);

    /// <summary>The root that stands at the end of the bytes.</summary>
    public static ReadOnlySpan<byte> RootIn(ReadOnlySpan<byte> body) => body[^MerkleHash.Length..];

    private static int LengthOf(int shards) => ShardsAt + (shards * HeadLength) + MerkleHash.Length;

    private static byte[] RootOf(ReadOnlySpan<byte> body)
    {
        var heads = new MerkleFrontier();
        for (var at = ShardsAt; at < body.Length - MerkleHash.Length; at += HeadLength)
        {
            heads.Append(body.Slice(at, HeadLength));
        }

        heads.Append(body.Slice(ShreddingsAt, HeadLength));
        return heads.Head().Root;
    }

    private static void Write(Span<byte> place, TreeHead head)
    {
        BinaryPrimitives.WriteInt64BigEndian(place, head.Size);
        head.Root.CopyTo(place[8..]);
    }

    private static TreeHead Read(ReadOnlySpan<byte> place) =>
        new(BinaryPrimitives.ReadInt64BigEndian(place), place.Slice(8, MerkleHash.Length).ToArray());
}
