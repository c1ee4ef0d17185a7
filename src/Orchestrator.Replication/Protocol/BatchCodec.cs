using System.Buffers.Binary;
using System.Security.Cryptography;
using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Target;
using static Orchestrator.Replication.Protocol.FrameLayout;

namespace Orchestrator.Replication.Protocol;

/// <summary>Builds and opens batches in the format of <see cref="BatchFrame"/>. Thread-safe.</summary>
public sealed class BatchCodec : IBatchCodec
{
    /// <summary>The bytes of a disk's key.</summary>
    public const int KeyLength = 32;

    private readonly byte[][] _diskKeys;
    private volatile SessionKeys? _keys; // Of the session met last: sessions change rarely.

    /// <summary>Creates the codec of one machine.</summary>
    /// <param name="diskKeys">One key of <see cref="KeyLength"/> random bytes per disk, in the order of the disks; at least one.</param>
    public BatchCodec(IReadOnlyList<byte[]> diskKeys)
    {
        ArgumentNullException.ThrowIfNull(diskKeys);
        if (diskKeys.Count is 0 or > MaxSections || diskKeys.Any(key => key is not { Length: KeyLength }))
        {
            throw new ArgumentException($"A machine has 1 to {MaxSections} disks, each with a key of {KeyLength} bytes.", nameof(diskKeys));
        }

        _diskKeys = [.. diskKeys.Select(key => (byte[])key.Clone())];
    }

    /// <summary>The most bytes a frame of such changes can have.</summary>
    public static int MaxFrameLength(IReadOnlyList<ReplicaChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        var data = 0L;
        var sections = 0;
        for (var i = 0; i < changes.Count; i++)
        {
            data += changes[i].Data.Length;
            sections += i == 0 || changes[i].Disk != changes[i - 1].Disk ? 1 : 0;
        }

        var length = FrameLayout.HeaderLength + TagLength + data
            + (sections * (SectionLength + TagLength)) + ((long)changes.Count * MaxExtentLength);
        return length <= BatchFrame.MaxLength
            ? (int)length
            : throw new ArgumentException($"A batch of {length} bytes is above the limit of {BatchFrame.MaxLength}.", nameof(changes));
    }

    /// <summary>
    /// Builds a frame in <paramref name="frame"/> and returns its length. Neighbouring extents of one disk and kind become one.
    /// </summary>
    /// <param name="header">What the batch is. A number must be encoded once per session: a second time repeats its nonce.</param>
    /// <param name="changes">Sorted by disk and offset, free of overlap.</param>
    /// <param name="compression"><see cref="FrameCompression.None"/> or <see cref="FrameCompression.Brotli"/>.</param>
    /// <param name="frame">At least <see cref="MaxFrameLength"/> bytes.</param>
    public int Encode(BatchHeader header, IReadOnlyList<ReplicaChange> changes, FrameCompression compression, Span<byte> frame)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(changes);
        if (compression is not (FrameCompression.None or FrameCompression.Brotli))
        {
            throw new ArgumentOutOfRangeException(nameof(compression), compression, "Only None and Brotli are built in.");
        }

        if (header.End is { } end && end.Mark.Epoch != header.Epoch)
        {
            throw new ArgumentException("A batch can end its own epoch only.", nameof(header));
        }

        return new FrameWriter(KeysOf(header.Session), header, changes, compression).Write(frame);
    }

    /// <inheritdoc/>
    public BatchHeader ReadHeader(ReadOnlySpan<byte> frame) => BatchFrame.ReadHeader(frame);

    /// <inheritdoc/>
    public IReadOnlyList<ReplicaChange> Decode(ReadOnlySpan<byte> frame)
    {
        var header = BatchFrame.Verify(frame);
        var keys = KeysOf(header.Session);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(frame[Sections..]);
        BatchFrame.Require(count <= MaxSections, "has too many sections");
        var bodyStart = FrameLayout.HeaderLength + (count * SectionLength) + TagLength;
        BatchFrame.Require(bodyStart <= frame.Length, "has a cut-off section table");
        var sections = new FrameSection[count];
        for (var i = 0; i < count; i++)
        {
            sections[i] = FrameSection.Read(frame[(FrameLayout.HeaderLength + (i * SectionLength))..]);
        }

        VerifySeal(keys, header.Number, frame, bodyStart - TagLength);
        return Open(keys, header, frame, sections, bodyStart);
    }

    private static List<ReplicaChange> Open(
        SessionKeys keys, BatchHeader header, ReadOnlySpan<byte> frame, FrameSection[] sections, int at)
    {
        var changes = new List<ReplicaChange>();
        for (var i = 0; i < sections.Length; i++)
        {
            var section = sections[i];
            section.RequirePossible(frame.Length - at);
            BatchFrame.Require(
                section.Disk >= 0 && section.Disk < keys.Disks && (i == 0 || section.Disk > sections[i - 1].Disk), "names an unknown disk");
            ExtentTable.Read(section, OpenSection(keys, header.Number, frame, i, section, at), changes);
            at += section.StoredLength + TagLength;
        }

        BatchFrame.Require(at == frame.Length, "has bytes behind its sections");
        BatchFrame.Require(changes.Sum(change => (long)change.Data.Length) == header.RawBytes, "does not hold what its header states");
        return changes;
    }

    private static ReadOnlyMemory<byte> OpenSection(
        SessionKeys keys, long number, ReadOnlySpan<byte> frame, int index, FrameSection section, int at)
    {
        Span<byte> associated = stackalloc byte[FrameWriter.AssociatedLength];
        FrameWriter.Associate(frame, index, associated);
        var stored = frame.Slice(at, section.StoredLength);
        var tag = frame.Slice(at + section.StoredLength, TagLength);
        if (section.Codec == FrameCompression.None)
        {
            var plain = GC.AllocateUninitializedArray<byte>(section.StoredLength);
            Decrypt(keys, number, section, stored, tag, associated, plain);
            return plain;
        }

        var scratch = BufferPool.Rent(section.StoredLength); // Megabytes for a moment: not worth a collection.
        try
        {
            var compressed = scratch.AsSpan(0, section.StoredLength);
            Decrypt(keys, number, section, stored, tag, associated, compressed);
            return FrameCompressor.Decompress(compressed, section.PlainLength);
        }
        finally
        {
            BufferPool.Return(scratch);
        }
    }

    private static void Decrypt(
        SessionKeys keys, long number, FrameSection section, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associated,
        Span<byte> plain)
    {
        try
        {
            keys.Decrypt(section.Disk, number, stored, plain, tag, associated);
        }
        catch (AuthenticationTagMismatchException cause)
        {
            throw BatchFrame.Rejected("was changed on its way, or was encrypted with another key", cause);
        }
    }

    private static void VerifySeal(SessionKeys keys, long number, ReadOnlySpan<byte> frame, int sealStart)
    {
        try
        {
            keys.VerifySeal(number, frame.Slice(sealStart, TagLength), frame[Authenticated..sealStart]);
        }
        catch (AuthenticationTagMismatchException cause)
        {
            throw BatchFrame.Rejected("was changed on its way, or was sealed with another key", cause);
        }
    }

    private SessionKeys KeysOf(Guid session)
    {
        var keys = _keys;
        return keys?.Session == session ? keys : _keys = new SessionKeys(session, _diskKeys);
    }
}
