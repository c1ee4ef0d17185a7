using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Pipeline;

/// <summary>
/// Cuts the stream of changes (and of copied blocks between them) into batches: none spans an epoch, none exceeds 4 MiB. Used by one thread.
/// </summary>
/// <remarks>
/// A batch waits for its mark or to be full, never for time: the target applies whole epochs, so sending a part earlier would recover
/// nothing more and would coalesce less.
/// A write that does not fit is split; the batch that holds its end counts it, so a resume repeats it as a whole.
/// </remarks>
internal sealed class BatchBuilder
{
    internal const int ChunkLength = 256 * 1024;
    private const int MaxChunks = 16;
    private const int MaxIntervals = 4096;
    private const int BaseCredit = 256 * 1024;
    private const int ChunkCredit = 2 * ChunkLength; // The bytes themselves, and their place in the frame.

    private readonly ByteCredit _credit;
    private readonly int _maxChunks;
    private readonly Func<Batch, ValueTask> _emit;
    private readonly CancellationToken _stopping;
    private readonly List<CopiedThrough> _copied = [];
    private long? _horizon;
    private long _nextNumber;
    private Batch? _open;

    internal BatchBuilder(
        ReplicaCursor cursor, long epoch, ByteCredit credit, Func<Batch, ValueTask> emit, CancellationToken stopping)
    {
        (_credit, _emit, _stopping) = (credit, emit, stopping);
        // A quarter of the credit at most, so that one batch can be built while others are encoded and on their way.
        _maxChunks = (int)Math.Clamp(((credit.Limit / 4) - BaseCredit) / ChunkCredit, 1, MaxChunks);
        _nextNumber = cursor.NextBatch;
        Position = cursor.DurableSequence;
        Epoch = epoch;
    }

    /// <summary>The last change taken in whole.</summary>
    internal long Position { get; private set; }

    /// <summary>The epoch the next change belongs to.</summary>
    internal long Epoch { get; private set; }

    /// <summary>Takes the next change in.</summary>
    /// <param name="change">The change after <see cref="Position"/>.</param>
    /// <param name="isExact">Whether the replica is an exact prefix at that mark.</param>
    internal async ValueTask AddAsync(ChangeRecord change, Func<EpochMark, bool> isExact)
    {
        RequireNext(change);
        switch (change.Kind)
        {
            case ChangeKind.Write:
                await AddDataAsync(change.Disk, change.Offset, change.Data);
                break;
            case ChangeKind.Zero:
                (await OpenAsync()).Changes.Zero(change.Disk, change.Offset, change.Length);
                break;
            default:
                await EndEpochAsync(change.Mark!, isExact(change.Mark!));
                return;
        }

        Position = change.Sequence;
        _open!.LastSequence = Position;
    }

    /// <summary>Inserts copied bytes at the present position: they apply after every change taken in so far.</summary>
    internal ValueTask AddCopyAsync(int disk, long offset, ReadOnlyMemory<byte> data) => AddDataAsync(disk, offset, data);

    /// <summary>Tells that all of the disk below the offset has been inserted or needs no copy.</summary>
    internal void NoteCopied(int disk, long offset) => _copied.Add(new CopiedThrough(disk, offset));

    /// <summary>Tells that the copy is complete, and from which sequence number on the replica is exact.</summary>
    internal void NoteCopyComplete(long horizon) => _horizon = horizon;

    private async ValueTask AddDataAsync(int disk, long offset, ReadOnlyMemory<byte> data)
    {
        while (true)
        {
            var batch = await OpenAsync();
            if (batch.Changes.TryOverwrite(disk, offset, data.Span))
            {
                return;
            }

            if (batch.Changes.Free == 0 && !await TryGrowAsync(batch))
            {
                await EmitAsync();
                continue;
            }

            var taken = batch.Changes.Write(disk, offset, data.Span);
            offset += taken;
            data = data[taken..];
            if (data.IsEmpty)
            {
                return;
            }
        }
    }

    private async ValueTask<bool> TryGrowAsync(Batch batch)
    {
        if (batch.Changes.Chunks.Count == _maxChunks)
        {
            return false;
        }

        await _credit.AcquireAsync(ChunkCredit, _stopping);
        batch.Credit += ChunkCredit;
        batch.Changes.AddChunk(BufferPool.Rent(ChunkLength));
        return true;
    }

    private async ValueTask EndEpochAsync(EpochMark mark, bool isExact)
    {
        if (mark.Epoch != Epoch)
        {
            throw new ReplicationException(
                ErrorCodes.ChangeLogCorrupt, $"The change log ends epoch {mark.Epoch} where epoch {Epoch} is. Run a resync.", isTransient: false);
        }

        var batch = await OpenAsync();
        batch.LastSequence = Position = mark.Sequence;
        batch.End = new EpochEnd(mark, isExact);
        await EmitAsync();
        Epoch++;
    }

    private async ValueTask<Batch> OpenAsync()
    {
        if (_open is { } open && open.Changes.Intervals < MaxIntervals)
        {
            return open;
        }

        await EmitAsync();
        await _credit.AcquireAsync(BaseCredit, _stopping);
        return _open = new Batch
        {
            Number = _nextNumber++, FirstSequence = Position + 1, LastSequence = Position, Epoch = Epoch, Credit = BaseCredit,
        };
    }

    private async ValueTask EmitAsync()
    {
        if (_open is not { } batch)
        {
            return;
        }

        batch.Copied.AddRange(_copied);
        batch.CopyHorizon = _horizon;
        _copied.Clear();
        _horizon = null;
        _open = null;
        await _emit(batch);
    }

    private void RequireNext(ChangeRecord change)
    {
        if (change.Sequence != Position + 1)
        {
            throw new ReplicationException(
                ErrorCodes.ChangeLogCorrupt,
                $"The change log yields change {change.Sequence} after {Position}. Run a resync.", isTransient: false);
        }
    }
}
