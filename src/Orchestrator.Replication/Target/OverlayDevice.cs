using Microsoft.Win32.SafeHandles;
using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Durability;

namespace Orchestrator.Replication.Target;

/// <summary>Private writes over a disk that stays untouched: reads see what was written here, else the disk below.</summary>
/// <remarks>
/// A sparse file holds the written 4 KiB pages in place, a journal beside it (<c>.map</c>) tells which. An acknowledged write survives
/// the death of the process; a flushed one survives a power cut. After a failed flush every write and flush is refused until it is opened anew.
/// </remarks>
public sealed class OverlayDevice : IBlockDevice
{
    private readonly ReaderWriterLockSlim _lock = new(LockRecursionPolicy.NoRecursion);
    private readonly Lock _flush = new();
    private readonly IBlockDevice _below;
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly OverlayMap _map;
    private readonly Lock _touchedGate = new();
    private PageSet? _touched;
    private ReplicationException? _failure;

    private OverlayDevice(IBlockDevice below, SafeFileHandle file, string path, OverlayMap map)
    {
        _below = below;
        _file = file;
        _path = path;
        _map = map;
    }

    /// <inheritdoc/>
    public long Length => _below.Length;

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <summary>Opens the overlay kept in <paramref name="path"/> and <paramref name="path"/>.map, or begins an empty one.</summary>
    /// <param name="below">The disk below; it must not change in length. It is not disposed with the overlay.</param>
    /// <param name="path">The file for the written pages.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaCorrupt"/> when the journal is damaged.</exception>
    public static OverlayDevice Open(IBlockDevice below, string path)
    {
        ArgumentNullException.ThrowIfNull(below);
        return Open(below, path, null);
    }

    /// <summary>Opens as in another boot of the machine, which is what a power cut leads to.</summary>
    internal static OverlayDevice Open(IBlockDevice below, string path, ulong? boot)
    {
        var file = FileIo.Open(path, FileMode.OpenOrCreate);
        try
        {
            if (RandomAccess.GetLength(file) < below.Length)
            {
                FileIo.SetLength(file, path, below.Length);
            }

            var map = OverlayMap.Open(path + ".map", boot);
            if (map.NeedsCompaction)
            {
                Durable.Flush(file, path);
                map.Compact();
            }

            return new OverlayDevice(below, file, path, map);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> buffer)
    {
        _lock.EnterReadLock();
        try
        {
            ReadUnlocked(offset, buffer);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        if (!TryWriteInPlace(offset, data))
        {
            _lock.EnterWriteLock();
            try
            {
                ThrowIfFailed();
                WriteNew(offset, data);
            }
            finally
            {
                _lock.ExitWriteLock();
            }
        }
    }

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length, bool mayDeallocate)
    {
        _lock.EnterWriteLock();
        try
        {
            ThrowIfFailed();
            ZeroUnlocked(offset, length);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <inheritdoc/>
    public void Trim(long offset, long length) => WriteZeroes(offset, length, mayDeallocate: true);

    /// <inheritdoc/>
    public void Flush()
    {
        lock (_flush)
        {
            ThrowIfFailed();
            try
            {
                FlushInOrder();
            }
            catch (ReplicationException e)
            {
                _failure = e;
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<BlockExtent> GetExtents(long offset, long length)
    {
        _lock.EnterReadLock();
        try
        {
            var extents = new ExtentList();
            for (long position = offset, end = offset + length; position < end;)
            {
                var (source, runEnd) = RunAt(position, end);
                if (source == Source.Below)
                {
                    extents.AddRange(_below.GetExtents(position, runEnd - position));
                }
                else
                {
                    extents.Add(new BlockExtent(position, runEnd - position, source == Source.Zero, source == Source.Zero));
                }

                position = runEnd;
            }

            return extents.ToList();
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _map.Dispose();
    }

    /// <summary>Takes all pages of the overlay's own and begins to note which are written from now on.</summary>
    internal IReadOnlyList<long> BeginMerge()
    {
        _lock.EnterWriteLock();
        try
        {
            _touched = new PageSet();
            return _map.Pages().ToList();
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Takes the pages written since the last call.</summary>
    internal IReadOnlyList<long> TakeTouched()
    {
        _lock.EnterWriteLock();
        try
        {
            var touched = _touched!.Pages().ToList();
            _touched = new PageSet();
            return touched;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Whether the page reads as zeroes without holding space.</summary>
    internal bool IsZeroPage(long page)
    {
        _lock.EnterReadLock();
        try
        {
            return _map.HasZeroes(page);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    private enum Source
    {
        Below,
        Data,
        Zero,
    }

    private Source SourceOf(long page) => _map.HasData(page) ? Source.Data : _map.HasZeroes(page) ? Source.Zero : Source.Below;

    private (Source Source, long End) RunAt(long offset, long end)
    {
        var page = Page.Of(offset);
        var source = SourceOf(page);
        do
        {
            page++;
        }
        while (page * Page.Size < end && SourceOf(page) == source);

        return (source, Math.Min(page * Page.Size, end));
    }

    private void ReadUnlocked(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var (source, end) = RunAt(offset, offset + buffer.Length);
            var part = buffer[..(int)(end - offset)];
            switch (source)
            {
                case Source.Zero:
                    part.Clear();
                    break;
                case Source.Data when FileIo.ReadUpTo(_file, _path, offset, part) < part.Length:
                    throw new ReplicationException(ErrorCodes.DiskFailed, $"{_path} was cut short. Start the failover again.", false);
                case Source.Below:
                    _below.Read(offset, part);
                    break;
            }

            offset = end;
            buffer = buffer[part.Length..];
        }
    }

    /// <summary>The common case: every page is the overlay's own already, so writers need not exclude each other.</summary>
    private bool TryWriteInPlace(long offset, ReadOnlySpan<byte> data)
    {
        _lock.EnterReadLock();
        try
        {
            ThrowIfFailed();
            for (var page = Page.Of(offset); page < Page.End(offset, data.Length); page++)
            {
                if (!_map.HasData(page))
                {
                    return false;
                }
            }

            Touch(Page.Of(offset), Page.End(offset, data.Length));
            FileIo.Write(_file, _path, offset, data);
            return true;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    private void WriteNew(long offset, ReadOnlySpan<byte> data)
    {
        var (first, end) = (Page.Of(offset), Page.End(offset, data.Length));
        FillIfPartial(first, offset, data.Length);
        if (end - 1 > first)
        {
            FillIfPartial(end - 1, offset, data.Length);
        }

        FileIo.Write(_file, _path, offset, data);
        for (var page = first; page < end;)
        {
            var run = page;
            while (run < end && !_map.HasData(run))
            {
                run++;
            }

            if (run > page)
            {
                _map.AddData(page, run - page);
            }

            page = Math.Max(run, page + 1);
        }

        Touch(first, end);
    }

    /// <summary>Copies a page up when the write covers only a part of it. It counts as the overlay's own only after the write.</summary>
    private void FillIfPartial(long page, long offset, long length)
    {
        var start = page * Page.Size;
        var size = (int)Math.Min(Page.Size, Length - start);
        if (_map.HasData(page) || (offset <= start && offset + length >= start + size))
        {
            return;
        }

        Span<byte> content = stackalloc byte[size];
        ReadUnlocked(start, content);
        FileIo.Write(_file, _path, start, content);
    }

    private void ZeroUnlocked(long offset, long length)
    {
        var end = offset + length;
        // The last page of a disk may be short: a range to the very end covers it whole.
        var firstWhole = (offset + Page.Size - 1) / Page.Size;
        var endWhole = end == Length ? Page.End(0, Length) : Page.Of(end);
        if (firstWhole >= endWhole)
        {
            WriteZeroData(offset, length);
            return;
        }

        WriteZeroData(offset, firstWhole * Page.Size - offset);
        _map.AddZeroes(firstWhole, endWhole - firstWhole);
        Touch(firstWhole, endWhole);
        if (OperatingSystem.IsLinux())
        {
            // Only to save space: the map already says zeroes.
            Durable.TryPunchHole(_file, firstWhole * Page.Size, Math.Min(endWhole * Page.Size, Length) - firstWhole * Page.Size);
        }

        WriteZeroData(endWhole * Page.Size, end - endWhole * Page.Size);
    }

    private void WriteZeroData(long offset, long length)
    {
        Span<byte> zeroes = stackalloc byte[Page.Size];
        zeroes.Clear();
        while (length > 0)
        {
            var part = (int)Math.Min(length, Page.Size - offset % Page.Size);
            WriteNew(offset, zeroes[..part]);
            offset += part;
            length -= part;
        }
    }

    /// <summary>Pages before the entries that stand for them, entries before the mark that vouches for them.</summary>
    private void FlushInOrder()
    {
        var position = _map.Position;
        Durable.Flush(_file, _path);
        if (!_map.NeedsMark(position))
        {
            return;
        }

        _map.Flush();
        _lock.EnterWriteLock();
        try
        {
            _map.AddFlushed(position);
        }
        finally
        {
            _lock.ExitWriteLock();
        }

        _map.Flush();
    }

    private void Touch(long first, long end)
    {
        lock (_touchedGate)
        {
            _touched?.AddRange(first, end - first);
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new ReplicationException(failure.Code, failure.Message, failure.IsTransient, failure);
        }
    }
}
