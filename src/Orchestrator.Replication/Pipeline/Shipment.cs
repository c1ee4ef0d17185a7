using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Resync;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Pipeline;

/// <summary>The running pipeline of an opened session.</summary>
internal sealed class Shipment
{
    private readonly ReplicationOptions _options;
    private readonly Guid _session;
    private readonly StatusBoard _board;
    private readonly EpochCutter _cutter;
    private readonly ByteCredit _memory;
    private readonly CopyProgress _progress;
    private readonly BatchCodec _codec;
    private readonly ByteCredit _window = new(0);
    private readonly RateLimiter? _limiter;
    private long _shippedMark;
    private long _released;

    internal Shipment(
        ReplicationOptions options, Guid session, StatusBoard board, EpochCutter cutter, ByteCredit memory, CopyProgress progress)
    {
        (_options, _session, _board, _cutter, _memory, _progress) = (options, session, board, cutter, memory, progress);
        _codec = new BatchCodec(options.DiskKeys);
        _limiter = options.BytesPerSecond is { } rate ? new RateLimiter(rate, options.Time) : null;
    }

    internal Task RunAsync(ReplicaCursor cursor, CancellationToken stop)
    {
        _window.Limit = cursor.CreditBytes;
        ReportCopy();
        return Sources.From<Batch>((emit, stopping) => FeedAsync(cursor, emit, stopping))
            .Via(Flows.SelectAsync<Batch, EncodedBatch>(_options.EncodeWorkers, EncodeAsync))
            .Via(Flows.SelectAsync<EncodedBatch, Acknowledgement>(_options.Connections, SendAsync))
            .To(Sinks.ForEach<Acknowledgement>(Acknowledge))
            .Beside(KeepTimeAsync)
            .RunAsync(stop);
    }

    private async Task FeedAsync(ReplicaCursor cursor, Func<Batch, ValueTask> emit, CancellationToken stopping)
    {
        var source = _options.Source;
        if (source.LastSequence > cursor.AppliedSequence)
        {
            _cutter.Cut(); // What gathered while no session ran becomes a point at once.
        }

        var epoch = LocateEpoch(source, cursor);
        using var reader = source.OpenReader(cursor.DurableSequence);
        var builder = new BatchBuilder(cursor, epoch, _memory, emit, stopping);
        var copy = new DiskCopy(source, _progress, disk => CreateCopier(disk, stopping));
        await new ChangeFeed(source, reader, builder, copy, _cutter, _board).RunAsync(stopping);
    }

    // The cursor names the last epoch applied, but marks behind it may be durable already and their part of the log recycled: the next
    // mark in the log tells which epoch the durable prefix ended in.
    private static long LocateEpoch(IChangeSource source, ReplicaCursor cursor)
    {
        if (cursor.DurableSequence == cursor.AppliedSequence)
        {
            return cursor.AppliedEpoch + 1;
        }

        using var reader = source.OpenReader(cursor.DurableSequence);
        var changes = new List<ChangeRecord>();
        do
        {
            changes.Clear();
            reader.Read(changes, BatchBuilder.ChunkLength);
            if (changes.Count > 0 && changes[^1].Mark is { } mark)
            {
                return mark.Epoch;
            }
        }
        while (changes.Count > 0);

        throw new ReplicationException(
            ErrorCodes.ChangeLogCorrupt, $"The change log has no mark after {cursor.DurableSequence}. Run a resync.", isTransient: false);
    }

    private DiskCopier CreateCopier(int disk, CancellationToken stopping)
    {
        var position = _progress.AcknowledgedOf(disk);
        if (_progress.Mode == ReplicationMode.Initial)
        {
            return new InitialCopier(_options.Source, disk, position, _progress.SkipZeroes);
        }

        var key = _options.ResyncKey ?? throw new ArgumentException("An unfinished resync continues: the session needs a resync key.");
        return new ResyncCopier(_options.Source, _options.Link, key, disk, position, stopping);
    }

    private Task<EncodedBatch> EncodeAsync(Batch batch, CancellationToken stopping) => Task.Run(() => Encode(batch), stopping);

    private EncodedBatch Encode(Batch batch)
    {
        var changes = batch.Changes.Build();
        var header = new BatchHeader(
            _session, batch.Number, batch.FirstSequence, batch.LastSequence, batch.Epoch, batch.End,
            changes.Sum(change => (long)change.Data.Length));
        var buffer = BufferPool.Rent(BatchCodec.MaxFrameLength(changes));
        var length = _codec.Encode(header, changes, _options.Compression, buffer);
        foreach (var chunk in batch.Changes.Chunks)
        {
            BufferPool.Return(chunk);
        }

        var rest = Math.Min(batch.Credit, buffer.Length);
        _memory.Release(batch.Credit - rest);
        batch.Credit = rest;
        return new EncodedBatch(batch, header, buffer, length);
    }

    private async Task<Acknowledgement> SendAsync(EncodedBatch encoded, CancellationToken stopping)
    {
        await _window.AcquireAsync(encoded.Length, stopping);
        if (_limiter is not null)
        {
            await _limiter.WaitAsync(encoded.Length, stopping);
        }

        var cursor = await _options.Link.SendAsync(encoded.Header.Number, encoded.Frame, stopping);
        _window.Limit = cursor.CreditBytes;
        _window.Release(encoded.Length);
        BufferPool.Return(encoded.Buffer);
        _memory.Release(encoded.Batch.Credit);
        return new Acknowledgement(encoded.Batch, encoded.Header, encoded.Length, cursor);
    }

    /// <summary>In the order of the batches: this one and all before it are durable.</summary>
    private void Acknowledge(Acknowledgement acknowledged)
    {
        var (batch, header, length, cursor) = acknowledged;
        _progress.Acknowledge(batch);
        if (header.End is { } end)
        {
            Volatile.Write(ref _shippedMark, end.Mark.Sequence);
            if (end.Consistent)
            {
                _board.Shipped(end.Mark);
            }
        }

        _board.Update(status => status with { RawBytes = status.RawBytes + header.RawBytes, SentBytes = status.SentBytes + length });
        _board.Observe(cursor);
        ReportCopy();
        if (header.LastSequence > _released)
        {
            _released = header.LastSequence;
            _options.Source.Release(_released);
        }
    }

    private void ReportCopy() => _board.Update(status => status with
    {
        Phase = _progress.Horizon is not null ? ReplicationPhase.Delta
            : _progress.Mode == ReplicationMode.Initial ? ReplicationPhase.InitialCopy : ReplicationPhase.Resync,
        BytesTotal = _progress.Mode == ReplicationMode.Delta ? 0 : _options.Source.DiskLengths.Sum(),
        BytesDone = _progress.Mode == ReplicationMode.Delta ? 0 : _progress.AcknowledgedBytes,
    });

    private async Task KeepTimeAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(_options.PointInterval, _options.Time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            ChangeFeed.RequireNoLoss(_options.Source);
            if (_board.Cursor is { } cursor && cursor.AppliedSequence < Volatile.Read(ref _shippedMark))
            {
                _board.Observe(await _options.Link.GetCursorAsync(stopping));
            }

            _cutter.Tick();
        }
    }

    private sealed record Acknowledgement(Batch Batch, BatchHeader Header, int Length, ReplicaCursor Cursor);
}
