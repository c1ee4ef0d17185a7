using System.Diagnostics;
using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Resync;

/// <summary>The copy of a machine's disks, woven into its stream of changes. Used by the feed's thread.</summary>
/// <remarks>
/// A block is inserted at the feed's position p (every change up to p is in the stream before it) and was read stably at a sequence
/// number s with p &lt;= s: the feed stands still during a turn, and s counts at least the changes the feed has read. The block holds
/// the bytes as of s. The changes p+1..s follow in the stream and are replayed over it: where they touch the block they end, at s, with what the
/// block held anyway, and elsewhere the block's bytes stand. So the replica is exact once the stream has passed s, and not
/// before: epochs ending earlier are marked inconsistent. Had s been below p, the block would have undone changes already
/// shipped; that is why the read waits for writes in flight and why nothing is read ahead of a turn.
/// <para>Instead of the s of every block the copy keeps one horizon, the source's last sequence number when everything had been read: it is
/// not below any s, and it also covers ranges that were skipped as holes.</para>
/// </remarks>
internal sealed class DiskCopy
{
    private const int MaxDisks = 3;
    private const long TurnCopied = 4 * 1024 * 1024;
    private const long TurnRead = 32 * 1024 * 1024;
    private readonly IChangeSource _source;
    private readonly Queue<int> _waiting = new();
    private readonly List<DiskCopier> _active = [];
    private readonly Func<int, DiskCopier> _create;
    private readonly List<List<CopyPiece>> _pieces = [[], [], []];

    /// <param name="source">The machine.</param>
    /// <param name="progress">Where to begin.</param>
    /// <param name="create">Makes the copier of a disk, beginning where the progress says.</param>
    internal DiskCopy(IChangeSource source, CopyProgress progress, Func<int, DiskCopier> create)
    {
        _source = source;
        _create = create;
        Horizon = progress.Horizon ?? 0;
        IsComplete = progress.Horizon is not null;
        if (!IsComplete)
        {
            Enumerable.Range(0, source.DiskLengths.Count).ToList().ForEach(_waiting.Enqueue);
            Refill();
        }
    }

    internal bool IsComplete { get; private set; }

    /// <summary>Meaningful once complete.</summary>
    internal long Horizon { get; private set; }

    internal bool IsReady => _active.Count == 0 || _active.Exists(copier => copier.Ready.IsCompleted);

    /// <summary>Completes when a turn can do something; never when the copy is complete.</summary>
    internal Task Ready => IsComplete
        ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System)
        : Task.WhenAny(_active.Select(copier => copier.Ready));

    internal bool IsExactAt(long markSequence) => IsComplete && markSequence >= Horizon;

    /// <summary>Copies for a bounded while, so that changes do not wait long; sets <see cref="IsComplete"/> after the last block.</summary>
    internal async Task TurnAsync(BatchBuilder builder, CancellationToken cancellation)
    {
        long copied = 0;
        long read = 0;
        while (_active.Count > 0 && copied < TurnCopied && read < TurnRead && IsReady)
        {
            var ready = _active.FindAll(copier => copier.Ready.IsCompleted);
            var lengths = await Task.WhenAll(ready.Select((copier, i) => ReadAsync(copier, _pieces[i], cancellation)));
            read += lengths.Sum();
            for (var i = 0; i < ready.Count; i++)
            {
                copied += await InsertAsync(builder, ready[i], _pieces[i]);
            }

            _active.RemoveAll(copier => copier.IsDone);
            Refill();
        }

        if (_active.Count == 0)
        {
            Horizon = _source.LastSequence;
            IsComplete = true;
        }
    }

    private static Task<long> ReadAsync(DiskCopier copier, List<CopyPiece> pieces, CancellationToken cancellation)
    {
        pieces.Clear();
        return Task.Run(() => copier.ReadAsync(pieces, cancellation), cancellation);
    }

    private static async Task<long> InsertAsync(BatchBuilder builder, DiskCopier copier, List<CopyPiece> pieces)
    {
        if (copier.ReadAt < builder.Position)
        {
            throw new UnreachableException($"Disk {copier.Disk} was read at {copier.ReadAt}, but {builder.Position} is in the stream already.");
        }

        long copied = 0;
        foreach (var piece in pieces)
        {
            await builder.AddCopyAsync(copier.Disk, piece.Offset, piece.Data);
            copied += piece.Data.Length;
        }

        builder.NoteCopied(copier.Disk, copier.Position);
        return copied;
    }

    private void Refill()
    {
        while (_active.Count < MaxDisks && _waiting.TryDequeue(out var disk))
        {
            var copier = _create(disk);
            if (!copier.IsDone)
            {
                _active.Add(copier);
            }
        }
    }
}
