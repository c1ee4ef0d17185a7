namespace Orchestrator.Replication.Blocks;

/// <summary>A disk of fixed length that many threads may read and write at once.</summary>
/// <remarks>
/// Calls block; they return when the operation has reached the device (not necessarily stable storage: that is what
/// <see cref="Flush"/> promises for every write that returned before it was called). Offsets and lengths are in bytes,
/// checked by the caller against <see cref="Length"/>; any alignment is accepted.
/// </remarks>
public interface IBlockDevice : IDisposable
{
    /// <summary>The size in bytes.</summary>
    long Length { get; }

    /// <summary>Whether every change is refused.</summary>
    bool IsReadOnly { get; }

    /// <summary>Reads exactly <c>buffer.Length</c> bytes.</summary>
    /// <exception cref="ReplicationException">The device failed or was fenced.</exception>
    void Read(long offset, Span<byte> buffer);

    /// <summary>Writes all of <paramref name="data"/>.</summary>
    /// <exception cref="ReplicationException">The device failed, is read-only or was fenced; nothing is acknowledged.</exception>
    void Write(long offset, ReadOnlySpan<byte> data);

    /// <summary>Makes the range read as zeroes; with <paramref name="mayDeallocate"/> the space may be given back.</summary>
    void WriteZeroes(long offset, long length, bool mayDeallocate);

    /// <summary>Tells that the range is no longer needed; it reads as zeroes afterwards.</summary>
    void Trim(long offset, long length);

    /// <summary>Makes every write that returned before this call durable.</summary>
    void Flush();

    /// <summary>Describes the range as consecutive extents that cover it completely, in order.</summary>
    IReadOnlyList<BlockExtent> GetExtents(long offset, long length);
}

/// <summary>A run of a disk with one allocation status.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes, above 0.</param>
/// <param name="IsHole">No storage is allocated.</param>
/// <param name="IsZero">Reads as zeroes for certain.</param>
public readonly record struct BlockExtent(long Offset, long Length, bool IsHole, bool IsZero);
