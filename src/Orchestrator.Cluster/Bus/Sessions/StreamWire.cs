using Orchestrator.MessagePack;

namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>Carries frames over two streams: everything that is queued goes out in one write and one flush.</summary>
internal sealed class StreamWire : IFrameWire, IDisposable
{
    private const int BatchBytes = 64 * 1024;
    private static readonly TimeSpan PartingLimit = TimeSpan.FromSeconds(1);
    private readonly BusOptions _options;
    private readonly string _peer;
    private readonly AsyncSignal _signal = new();
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource<IFrameEnd> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private BusFault? _fault;
    private volatile BusFrame.Goodbye? _parting;
    private volatile bool _isFinishing;
    private bool _isPartingWritten;

    public StreamWire(BusOptions options, TimeProvider time, string peer)
    {
        _options = options;
        _peer = peer;
        _stop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>Why it ended; null when in good order.</summary>
    public BusFault? Fault => _fault;

    /// <summary>Whether it ended without the peer having been told.</summary>
    public bool WasBroken => _fault is not null && !_isPartingWritten;

    /// <inheritdoc/>
    public void Start(IFrameEnd end) => _started.TrySetResult(end);

    /// <inheritdoc/>
    public void Wake() => _signal.Set();

    /// <inheritdoc/>
    public void Finish()
    {
        _isFinishing = true;
        _signal.Set();
    }

    /// <inheritdoc/>
    public void Break(BusFault fault)
    {
        Interlocked.CompareExchange(ref _fault, fault, null);
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself in the meantime.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <summary>Carries until both directions have ended, and tells the end.</summary>
    /// <param name="input">What arrives.</param>
    /// <param name="output">Where to write.</param>
    /// <param name="onWritten">Ends the outgoing direction of the transport.</param>
    /// <param name="aborted">The transport is gone.</param>
    public async Task RunAsync(Stream input, Stream output, Action onWritten, CancellationToken aborted)
    {
        var end = await _started.Task;
        await using var gone = aborted.UnsafeRegister(
            static state => ((StreamWire)state!).Break(((StreamWire)state).Gone("was closed")), this);
        await using var wake = _stop.Token.UnsafeRegister(static state => ((StreamWire)state!).Wake(), this);
        var reading = ReadAsync(end, input);
        await GuardAsync(WriteAsync(end, output));
        onWritten();
        await reading;
        end.OnEnded(_fault);
    }

    private async Task ReadAsync(IFrameEnd end, Stream input)
    {
        try
        {
            await GuardAsync(ReadFramesAsync(end, input));
        }
        catch (BusException error)
        {
            // The peer is told why, then the connection ends: what follows on the stream has no meaning.
            Interlocked.CompareExchange(ref _fault, error.Fault, null);
            _parting = new BusFrame.Goodbye(error.Code, error.Message);
            _stop.CancelAfter(PartingLimit);
            Finish();
        }
    }

    private async Task ReadFramesAsync(IFrameEnd end, Stream input)
    {
        using var frames = new FrameAssembler(_options.MaxFrameBytes);
        var buffer = new byte[BatchBytes];
        Action<BusFrame> take = end.OnFrame;
        int count;
        while ((count = await input.ReadAsync(buffer, _stop.Token)) > 0) frames.Feed(buffer.AsSpan(0, count), take);
        if (frames.IsInsideFrame) throw Truncated();
        end.OnInputEnded();
    }

    private async Task WriteAsync(IFrameEnd end, Stream output)
    {
        using var buffer = new MessagePackBuffer(BatchBytes);
        while (!_stop.IsCancellationRequested)
        {
            var isLast = _isFinishing; // Read first: what was queued before Finish is still written.
            while (Fill(end, buffer))
            {
                await output.WriteAsync(buffer.WrittenMemory, _stop.Token);
                buffer.Clear();
            }

            await output.FlushAsync(_stop.Token);
            if (isLast) return;
            await _signal.WaitAsync();
        }
    }

    private bool Fill(IFrameEnd end, MessagePackBuffer buffer)
    {
        if (_parting is { } parting)
        {
            if (!_isPartingWritten) FrameAssembler.Append(buffer, parting);
            _isPartingWritten = true;
            return buffer.WrittenCount > 0;
        }

        while (buffer.WrittenCount < BatchBytes && end.TryTake(out var frame)) FrameAssembler.Append(buffer, frame);
        return buffer.WrittenCount > 0;
    }

    /// <summary>Runs one direction; whatever ends it early ends the other, too. A breach of the rules is passed on.</summary>
    private async Task GuardAsync(Task direction)
    {
        try
        {
            await direction;
        }
        catch (OperationCanceledException)
        {
            Break(Gone("was closed"));
        }
        catch (Exception error) when (error is not BusException)
        {
            // Mostly the streams' own errors; but a mistake of ours must end the connection as well, or its messages would wait for ever.
            Break(Gone($"broke ({error.GetBaseException().Message})"));
        }
    }

    private BusFault Gone(string how) => new(
        ClusterErrorCodes.ConnectionLost, $"The connection to {_peer} {how}. It is made anew; check that node and the network if this repeats.",
        IsTransient: true);

    private static BusException Truncated() => new(new BusFault(
        ClusterErrorCodes.FrameInvalid, "The stream ended inside a frame. The peer is at fault or died; the connection is made anew.", IsTransient: true));
}
