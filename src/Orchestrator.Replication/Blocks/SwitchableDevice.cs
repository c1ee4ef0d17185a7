namespace Orchestrator.Replication.Blocks;

/// <summary>A device whose inner device can be exchanged while clients stay connected, and whose writes can be refused.</summary>
/// <remarks>The inner device must have the same length all its life here: a client has been told it. Thread-safe.</remarks>
public sealed class SwitchableDevice : IBlockDevice
{
    private readonly SharedGate _gate = new();
    private readonly Lock _switching = new();
    private IBlockDevice _inner;
    private volatile string? _refusal;
    private bool _paused;
    private volatile bool _disposed;

    /// <summary>Forwards to <paramref name="inner"/>, which it disposes of at the end.</summary>
    public SwitchableDevice(IBlockDevice inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        Length = inner.Length;
    }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public bool IsReadOnly => Volatile.Read(ref _inner).IsReadOnly;

    /// <summary>Why writes are refused, or null while they are allowed.</summary>
    public string? Refusal => _refusal;

    /// <summary>
    /// Waits for the calls in flight, then forwards to <paramref name="newInner"/>. While paused it stays paused.
    /// </summary>
    /// <returns>The inner device until now; it is the caller's from here on, and no call is inside it.</returns>
    /// <exception cref="ArgumentException">The length differs.</exception>
    public IBlockDevice Exchange(IBlockDevice newInner)
    {
        ArgumentNullException.ThrowIfNull(newInner);
        if (newInner.Length != Length)
        {
            throw new ArgumentException($"The device has {newInner.Length} bytes but the clients were told {Length}.", nameof(newInner));
        }

        return Quiesced(() => Interlocked.Exchange(ref _inner, newInner));
    }

    /// <summary>Holds every call until <see cref="Resume"/>; returns when none is in flight any more. Clients only see a slow disk.</summary>
    public void Pause()
    {
        lock (_switching)
        {
            if (!_paused)
            {
                _gate.Close();
                _paused = true;
            }
        }
    }

    /// <summary>Lets the held calls go on.</summary>
    public void Resume()
    {
        lock (_switching)
        {
            if (_paused)
            {
                _paused = false;
                _gate.Open();
            }
        }
    }

    /// <summary>Refuses every change with <see cref="ErrorCodes.Fenced"/>; returns when none is in flight any more. Reads go on.</summary>
    /// <param name="reason">What the client's operator needs to know.</param>
    public void RefuseWrites(string reason) => Quiesced(() => _refusal = reason);

    /// <summary>Allows changes again.</summary>
    public void AllowWrites() => _refusal = null;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> buffer)
    {
        var pass = Enter();
        try
        {
            _inner.Read(offset, buffer);
        }
        finally
        {
            _gate.Exit(pass);
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        var pass = EnterToChange();
        try
        {
            _inner.Write(offset, data);
        }
        finally
        {
            _gate.Exit(pass);
        }
    }

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length, bool mayDeallocate)
    {
        var pass = EnterToChange();
        try
        {
            _inner.WriteZeroes(offset, length, mayDeallocate);
        }
        finally
        {
            _gate.Exit(pass);
        }
    }

    /// <inheritdoc/>
    public void Trim(long offset, long length)
    {
        var pass = EnterToChange();
        try
        {
            _inner.Trim(offset, length);
        }
        finally
        {
            _gate.Exit(pass);
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        var pass = Enter();
        try
        {
            _inner.Flush();
        }
        finally
        {
            _gate.Exit(pass);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<BlockExtent> GetExtents(long offset, long length)
    {
        var pass = Enter();
        try
        {
            return _inner.GetExtents(offset, length);
        }
        finally
        {
            _gate.Exit(pass);
        }
    }

    /// <summary>Fails the calls that are held, waits for those in flight and disposes of the inner device.</summary>
    public void Dispose()
    {
        _disposed = true;
        Resume();
        Quiesced(() => 0);
        _inner.Dispose();
    }

    private int EnterToChange()
    {
        var pass = Enter();
        if (_refusal is not { } refusal)
        {
            return pass;
        }

        _gate.Exit(pass);
        throw new ReplicationException(ErrorCodes.Fenced, $"The disk refuses changes: {refusal}", isTransient: false);
    }

    private int Enter()
    {
        var pass = _gate.Enter();
        if (!_disposed)
        {
            return pass;
        }

        _gate.Exit(pass);
        throw new ReplicationException(ErrorCodes.Fenced, "The disk is no longer served here.", isTransient: false);
    }

    private T Quiesced<T>(Func<T> action)
    {
        lock (_switching)
        {
            if (_paused)
            {
                return action();
            }

            _gate.Close();
            try
            {
                return action();
            }
            finally
            {
                _gate.Open();
            }
        }
    }
}
