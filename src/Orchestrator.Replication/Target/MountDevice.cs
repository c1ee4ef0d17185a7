using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Target;

/// <summary>A disk handed out by the store, which keeps its identity while what lies below is exchanged or taken away.</summary>
internal sealed class MountDevice(IBlockDevice inner, string name) : IBlockDevice
{
    private readonly ReaderWriterLockSlim _lock = new(LockRecursionPolicy.NoRecursion);
    private IBlockDevice? _inner = inner;

    public long Length { get; } = inner.Length;

    public bool IsReadOnly => false;

    public void Read(long offset, Span<byte> buffer)
    {
        _lock.EnterReadLock();
        try
        {
            Inner().Read(offset, buffer);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        _lock.EnterReadLock();
        try
        {
            Inner().Write(offset, data);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    public void WriteZeroes(long offset, long length, bool mayDeallocate) =>
        With(d => d.WriteZeroes(offset, length, mayDeallocate));

    public void Trim(long offset, long length) => With(d => d.Trim(offset, length));

    public void Flush() => With(d => d.Flush());

    public IReadOnlyList<BlockExtent> GetExtents(long offset, long length)
    {
        IReadOnlyList<BlockExtent> extents = [];
        With(d => extents = d.GetExtents(offset, length));
        return extents;
    }

    /// <summary>The device belongs to the store: nothing happens.</summary>
    public void Dispose()
    {
        // A server that closes its export must not take the disk away from the operation.
    }

    /// <summary>Stops all access until <see cref="Resume"/>.</summary>
    public void Pause() => _lock.EnterWriteLock();

    public void Resume() => _lock.ExitWriteLock();

    /// <summary>Exchanges what lies below; paused.</summary>
    public void Replace(IBlockDevice? inner) => _inner = inner;

    /// <summary>Refuses everything from now on.</summary>
    public void Fence()
    {
        Pause();
        _inner = null;
        Resume();
    }

    private void With(Action<IBlockDevice> use)
    {
        _lock.EnterReadLock();
        try
        {
            use(Inner());
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    private IBlockDevice Inner() => _inner ?? throw new ReplicationException(
        ErrorCodes.Fenced, $"{name} is no longer available: the operation that opened it has ended.", isTransient: false);
}
