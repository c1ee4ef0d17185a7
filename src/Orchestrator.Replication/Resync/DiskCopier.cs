namespace Orchestrator.Replication.Resync;

/// <summary>Copies one disk from a position to its end, a piece at a time. Used by one thread at a time.</summary>
internal abstract class DiskCopier
{
    /// <summary>The bytes looked at in one step.</summary>
    internal const int StepLength = 1024 * 1024;

    protected DiskCopier(int disk, long position, long length)
    {
        Disk = disk;
        Position = position;
        Length = length;
    }

    internal int Disk { get; }

    /// <summary>All below is copied or needs no copy.</summary>
    internal long Position { get; private protected set; }

    internal long Length { get; }

    /// <summary>The source's last sequence number when the last piece was read.</summary>
    internal long ReadAt { get; private protected set; } = long.MaxValue;

    internal bool IsDone => Position >= Length;

    /// <summary>Completes when <see cref="ReadAsync"/> will not have to wait for the target.</summary>
    internal virtual Task Ready => Task.CompletedTask;

    /// <summary>
    /// Advances <see cref="Position"/> and fills <paramref name="pieces"/> with what must be sent; valid until the next call.
    /// </summary>
    /// <returns>The bytes read.</returns>
    internal abstract Task<long> ReadAsync(List<CopyPiece> pieces, CancellationToken cancellation);
}

/// <summary>Bytes to be sent.</summary>
internal readonly record struct CopyPiece(long Offset, ReadOnlyMemory<byte> Data);
