using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.ChangeLog;

namespace Orchestrator.Replication.Source;

/// <summary>One disk of a <see cref="CapturedMachine"/>: every change is logged under the machine's sequence before it reaches the disk.</summary>
/// <remarks>
/// Thread-safe. Replication never fails or delays a change: when the log cannot take it the log is given up
/// (<see cref="CapturedMachine.Loss"/>). Disposing of it does nothing; the machine owns it.
/// </remarks>
public sealed class CapturedDisk : IBlockDevice
{
    private readonly int _index;
    private readonly FileDisk _disk;
    private readonly MachineLog _log;
    private readonly WriteGate _gate;
    private readonly RangeLocks _ranges = new();

    internal CapturedDisk(int index, FileDisk disk, MachineLog log, WriteGate gate) =>
        (_index, _disk, _log, _gate) = (index, disk, log, gate);

    /// <summary>The path of the image or device.</summary>
    public string Path => _disk.Path;

    /// <inheritdoc/>
    public long Length => _disk.Length;

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> buffer) => _disk.Read(offset, buffer);

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        var pass = _gate.Enter();
        try
        {
            _ranges.Enter(offset, data.Length);
            try
            {
                LogThenWrite(offset, data);
            }
            finally
            {
                _ranges.Exit(offset, data.Length);
            }
        }
        finally
        {
            _gate.Exit(pass);
        }
    }

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length, bool mayDeallocate)
    {
        if (length == 0)
        {
            return;
        }

        var pass = _gate.Enter();
        try
        {
            _ranges.Enter(offset, length);
            try
            {
                LogThenZero(offset, length, mayDeallocate);
            }
            finally
            {
                _ranges.Exit(offset, length);
            }
        }
        finally
        {
            _gate.Exit(pass);
        }
    }

    /// <inheritdoc/>
    public void Trim(long offset, long length) => WriteZeroes(offset, length, mayDeallocate: true);

    /// <inheritdoc/>
    /// <remarks>
    /// Flushes the disk and the log. There is no activity log yet (one that makes the extents being written durable beforehand), so a
    /// host that dies without a clean close costs a resync however much of the log was durable.
    /// </remarks>
    public void Flush()
    {
        try
        {
            _disk.Flush();
        }
        catch (ReplicationException error)
        {
            // The disk may have dropped writes that the log holds: they differ for ever.
            _log.DeclareLoss(error.Code, $"The disk {_disk.Path} lost writes. {error.Message}");
            throw;
        }

        _log.Flush();
    }

    /// <inheritdoc/>
    public IReadOnlyList<BlockExtent> GetExtents(long offset, long length) => _disk.GetExtents(offset, length);

    /// <summary>Nothing: the machine closes its disks.</summary>
    public void Dispose()
    {
    }

    /// <summary>Reads a range while no write to it is in flight; returns the last number given out then.</summary>
    internal long ReadStable(long offset, Span<byte> buffer)
    {
        _ranges.Enter(offset, buffer.Length);
        try
        {
            _disk.Read(offset, buffer);
            return _log.LastSequence;
        }
        finally
        {
            _ranges.Exit(offset, buffer.Length);
        }
    }

    private void LogThenWrite(long offset, ReadOnlySpan<byte> data)
    {
        Log(offset, data);
        try
        {
            _disk.Write(offset, data);
        }
        catch (ReplicationException error)
        {
            LogWhatIsThere(offset, data.Length, error);
            throw;
        }
    }

    private void LogThenZero(long offset, long length, bool mayDeallocate)
    {
        _log.Append(_index, RecordType.Zero, offset, length, default);
        try
        {
            _disk.WriteZeroes(offset, length, mayDeallocate);
        }
        catch (ReplicationException error)
        {
            LogWhatIsThere(offset, length, error);
            throw;
        }
    }

    private void Log(long offset, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var piece = data[..Math.Min(data.Length, _log.MaxDataLength)];
            if (piece.ContainsAnyExcept((byte)0))
            {
                _log.Append(_index, RecordType.Write, offset, piece.Length, piece);
            }
            else
            {
                _log.Append(_index, RecordType.Zero, offset, piece.Length, default);
            }

            offset += piece.Length;
            data = data[piece.Length..];
        }
    }

    /// <summary>A change was logged but failed on the disk, perhaps in part: log what the disk holds now, so that both agree again.</summary>
    private void LogWhatIsThere(long offset, long length, ReplicationException cause)
    {
        try
        {
            var buffer = new byte[(int)Math.Min(length, 1 << 20)];
            for (var done = 0L; done < length; done += buffer.Length)
            {
                var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
                _disk.Read(offset + done, piece);
                Log(offset + done, piece);
            }
        }
        catch (ReplicationException)
        {
            _log.DeclareLoss(cause.Code, $"The disk {_disk.Path} failed. {cause.Message}");
        }
    }
}
