using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Protocol;

/// <summary>The extent table of a section: see <see cref="BatchFrame"/>.</summary>
internal static class ExtentTable
{
    internal static int Write(Span<byte> destination, ReadOnlySpan<FrameExtent> extents)
    {
        var written = 0;
        long end = 0;
        foreach (var extent in extents)
        {
            written += WriteVarint(destination[written..], (ulong)(extent.Offset - end));
            written += WriteVarint(destination[written..], ((ulong)extent.Length << 1) | (extent.IsZero ? 1u : 0u));
            end = extent.Offset + extent.Length;
        }

        return written;
    }

    /// <summary>Reads a section's changes; their data stays in <paramref name="plain"/>.</summary>
    internal static void Read(FrameSection section, ReadOnlyMemory<byte> plain, List<ReplicaChange> changes)
    {
        var table = plain.Span[..section.TableLength];
        var data = plain[section.TableLength..];
        long end = 0;
        for (var i = 0; i < section.Extents; i++)
        {
            var offset = Add(end, ReadVarint(ref table));
            var packed = ReadVarint(ref table);
            var length = (long)(packed >> 1);
            var isZero = (packed & 1) != 0;
            BatchFrame.Require(length > 0 && (isZero || length <= data.Length), "has an extent without its data");
            end = Add(offset, (ulong)length);
            changes.Add(new ReplicaChange(section.Disk, offset, length, isZero ? default : data[..(int)length]));
            data = isZero ? data : data[(int)length..];
        }

        BatchFrame.Require(table.IsEmpty && data.IsEmpty, "has bytes that belong to no extent");
    }

    private static long Add(long position, ulong distance)
    {
        BatchFrame.Require(distance <= (ulong)(long.MaxValue - position), "has an extent beyond any disk's end");
        return position + (long)distance;
    }

    private static int WriteVarint(Span<byte> destination, ulong value)
    {
        var written = 0;
        for (; value >= 0x80; value >>= 7)
        {
            destination[written++] = (byte)(value | 0x80);
        }

        destination[written++] = (byte)value;
        return written;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> table)
    {
        ulong value = 0;
        for (var i = 0; i < 9; i++)
        {
            BatchFrame.Require(i < table.Length, "has a cut-off extent table");
            value |= (ulong)(table[i] & 0x7F) << (7 * i);
            if (table[i] < 0x80)
            {
                table = table[(i + 1)..];
                return value;
            }
        }

        throw BatchFrame.Rejected("has an extent of impossible size"); // 63 bits are enough for any disk.
    }
}

/// <summary>One extent of a section.</summary>
internal readonly record struct FrameExtent(long Offset, long Length, bool IsZero);
