using System.Runtime.InteropServices;
using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Target;
using static Orchestrator.Replication.Protocol.FrameLayout;

namespace Orchestrator.Replication.Protocol;

/// <summary>Writes one frame: lays the sections out, compresses, then encrypts in place, because the table is associated data.</summary>
internal sealed class FrameWriter
{
    internal const int AssociatedLength = FrameLayout.HeaderLength - Authenticated + SectionLength;

    private readonly SessionKeys _keys;
    private readonly BatchHeader _header;
    private readonly IReadOnlyList<ReplicaChange> _changes;
    private readonly FrameCompression _compression;
    private readonly List<FrameExtent> _extents = [];

    internal FrameWriter(
        SessionKeys keys, BatchHeader header, IReadOnlyList<ReplicaChange> changes, FrameCompression compression)
    {
        _keys = keys;
        _header = header;
        _changes = changes;
        _compression = compression;
    }

    internal int Write(Span<byte> frame)
    {
        var groups = GroupByDisk();
        var sealStart = FrameLayout.HeaderLength + (groups.Count * SectionLength);
        var end = sealStart + TagLength;
        for (var i = 0; i < groups.Count; i++)
        {
            var section = WriteSection(groups[i].Start, groups[i].End, frame[end..]);
            section.Write(frame[(FrameLayout.HeaderLength + (i * SectionLength))..]);
            end += section.StoredLength + TagLength;
        }

        frame = frame[..end];
        BatchFrame.WriteHeader(frame, _header, groups.Count, end - FrameLayout.HeaderLength);
        Encrypt(frame, groups.Count, sealStart);
        BatchFrame.WriteChecksums(frame);
        return end;
    }

    internal static void Associate(ReadOnlySpan<byte> frame, int section, Span<byte> associated)
    {
        frame[Authenticated..FrameLayout.HeaderLength].CopyTo(associated);
        frame.Slice(FrameLayout.HeaderLength + (section * SectionLength), SectionLength)
            .CopyTo(associated[(FrameLayout.HeaderLength - Authenticated)..]);
    }

    private void Encrypt(Span<byte> frame, int sections, int sealStart)
    {
        Span<byte> associated = stackalloc byte[AssociatedLength];
        _keys.Seal(_header.Number, frame.Slice(sealStart, TagLength), frame[Authenticated..sealStart]);
        var at = sealStart + TagLength;
        for (var i = 0; i < sections; i++)
        {
            var section = FrameSection.Read(frame[(FrameLayout.HeaderLength + (i * SectionLength))..]);
            Associate(frame, i, associated);
            _keys.Encrypt(
                section.Disk, _header.Number, frame.Slice(at, section.StoredLength),
                frame.Slice(at + section.StoredLength, TagLength), associated);
            at += section.StoredLength + TagLength;
        }
    }

    private List<(int Start, int End)> GroupByDisk()
    {
        var groups = new List<(int Start, int End)>();
        var start = 0;
        for (var i = 1; i <= _changes.Count; i++)
        {
            RequireSorted(i);
            if (i == _changes.Count || _changes[i].Disk != _changes[start].Disk)
            {
                groups.Add((start, i));
                start = i;
            }
        }

        return groups;
    }

    private void RequireSorted(int index)
    {
        var before = _changes[index - 1];
        var isSorted = index == _changes.Count || _changes[index].Disk > before.Disk
            || (_changes[index].Disk == before.Disk && _changes[index].Offset >= before.Offset + before.Length);
        if (!isSorted || before.Disk < 0 || before.Disk >= _keys.Disks || before.Length <= 0 || before.Offset < 0)
        {
            throw new ArgumentException($"The changes at {index} are unsorted, overlap, or name an unknown disk.");
        }
    }

    private FrameSection WriteSection(int start, int end, Span<byte> destination)
    {
        Merge(start, end);
        var room = (_extents.Count * MaxExtentLength) + DataLength(start, end);
        if (_compression == FrameCompression.None)
        {
            var length = WritePlain(start, end, destination, out var table);
            return Section(start, FrameCompression.None, length, length, table);
        }

        var scratch = BufferPool.Rent(room);
        try
        {
            var length = WritePlain(start, end, scratch, out var table);
            return WriteCompressed(start, scratch.AsSpan(0, length), table, destination);
        }
        finally
        {
            BufferPool.Return(scratch);
        }
    }

    private FrameSection WriteCompressed(int start, ReadOnlySpan<byte> plain, int table, Span<byte> destination)
    {
        if (FrameCompressor.TryCompress(plain, destination, out var stored))
        {
            return Section(start, FrameCompression.Brotli, plain.Length, stored, table);
        }

        plain.CopyTo(destination);
        return Section(start, FrameCompression.None, plain.Length, plain.Length, table);
    }

    private FrameSection Section(int start, FrameCompression codec, int plain, int stored, int table) =>
        new(_changes[start].Disk, codec, plain, stored, _extents.Count, table);

    private int WritePlain(int start, int end, Span<byte> destination, out int table)
    {
        table = ExtentTable.Write(destination, CollectionsMarshal.AsSpan(_extents));
        var at = table;
        for (var i = start; i < end; i++)
        {
            _changes[i].Data.Span.CopyTo(destination[at..]);
            at += _changes[i].Data.Length;
        }

        return at;
    }

    private int DataLength(int start, int end)
    {
        var length = 0;
        for (var i = start; i < end; i++)
        {
            length += _changes[i].Data.Length;
        }

        return length;
    }

    private void Merge(int start, int end)
    {
        _extents.Clear();
        for (var i = start; i < end; i++)
        {
            var next = _changes[i];
            if (_extents.Count > 0 && _extents[^1] is var last
                && last.IsZero == next.IsZero && last.Offset + last.Length == next.Offset)
            {
                _extents[^1] = last with { Length = last.Length + next.Length };
            }
            else
            {
                _extents.Add(new FrameExtent(next.Offset, next.Length, next.IsZero));
            }
        }
    }
}
