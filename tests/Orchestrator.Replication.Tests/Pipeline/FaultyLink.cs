using Orchestrator.Replication.Target;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Replication.Tests.Pipeline;

/// <summary>A link on which things happen to chosen batches.</summary>
internal sealed class FaultyLink(IReplicaLink inner) : IReplicaLink
{
    private int _sends;
    private int _inFlight;
    private int _peakInFlight;
    private long _bytesInFlight;
    private long _peakBytes;

    /// <summary>Called with the count of the send before it is delivered.</summary>
    internal Func<int, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Called with the count of the send after it was delivered.</summary>
    internal Func<int, CancellationToken, Task> After { get; set; } = (_, _) => Task.CompletedTask;

    internal int Sends => Volatile.Read(ref _sends);

    internal int PeakInFlight => _peakInFlight;

    internal long PeakBytes => _peakBytes;

    internal static ReplicationException Cut() => new(ErrorCodes.TargetUnreachable, "The test cut the link.", true);

    public Task<ReplicaCursor> OpenSessionAsync(SessionRequest request, CancellationToken cancellation) =>
        inner.OpenSessionAsync(request, cancellation);

    public async Task<ReplicaCursor> SendAsync(long number, ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        var count = Interlocked.Increment(ref _sends);
        _peakInFlight = Math.Max(_peakInFlight, Interlocked.Increment(ref _inFlight));
        _peakBytes = Math.Max(_peakBytes, Interlocked.Add(ref _bytesInFlight, frame.Length));
        try
        {
            await Before(count, cancellation);
            var cursor = await inner.SendAsync(number, frame, cancellation);
            await After(count, cancellation);
            return cursor;
        }
        finally
        {
            Interlocked.Add(ref _bytesInFlight, -frame.Length);
            Interlocked.Decrement(ref _inFlight);
        }
    }

    public Task<ReplicaCursor> GetCursorAsync(CancellationToken cancellation) => inner.GetCursorAsync(cancellation);

    public Task HashBlocksAsync(
        int disk, long firstBlock, ReadOnlyMemory<byte> key, Memory<byte> hashes, CancellationToken cancellation) =>
        inner.HashBlocksAsync(disk, firstBlock, key, hashes, cancellation);
}
