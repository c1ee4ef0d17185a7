using Orchestrator.Replication.Resync;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Pipeline;

/// <summary>
/// The source stage: takes turns between the change log and the copy, so that neither starves the other, and builds batches. One thread.
/// </summary>
internal sealed class ChangeFeed
{
    private const long TurnBytes = 4 * 1024 * 1024;
    private readonly IChangeSource _source;
    private readonly IChangeReader _reader;
    private readonly BatchBuilder _builder;
    private readonly DiskCopy _copy;
    private readonly EpochCutter _cutter;
    private readonly StatusBoard _board;
    private readonly List<ChangeRecord> _changes = [];

    internal ChangeFeed(
        IChangeSource source, IChangeReader reader, BatchBuilder builder, DiskCopy copy, EpochCutter cutter, StatusBoard board)
    {
        (_source, _reader, _builder, _copy, _cutter, _board) = (source, reader, builder, copy, cutter, board);
    }

    internal async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            stopping.ThrowIfCancellationRequested();
            RequireNoLoss(_source);
            var read = await ReadTurnAsync();
            if (!_copy.IsComplete && _copy.IsReady)
            {
                await CopyTurnAsync(stopping);
            }
            else if (!read)
            {
                await WaitAsync(stopping);
            }
        }
    }

    internal static void RequireNoLoss(IChangeSource source)
    {
        if (source.Loss is { } loss)
        {
            throw new ReplicationException(loss.Code, loss.Message, isTransient: false);
        }
    }

    private async ValueTask<bool> ReadTurnAsync()
    {
        _changes.Clear();
        _reader.Read(_changes, TurnBytes);
        foreach (var change in _changes)
        {
            await _builder.AddAsync(change, IsExact);
        }

        return _changes.Count > 0;
    }

    private bool IsExact(EpochMark mark)
    {
        _cutter.Seen(mark);
        return _copy.IsExactAt(mark.Sequence);
    }

    private async Task CopyTurnAsync(CancellationToken stopping)
    {
        await _copy.TurnAsync(_builder, stopping);
        if (_copy.IsComplete)
        {
            _builder.NoteCopyComplete(_copy.Horizon);
            _board.Update(status => status with { Phase = ReplicationPhase.Delta });
            _cutter.Cut(); // The first point that counts, without waiting for the interval.
        }
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var more = _reader.WaitAsync(enough.Token);
        await Task.WhenAny(more, _copy.Ready);
        if (more.IsFaulted)
        {
            await more;
        }

        await enough.CancelAsync();
        await more.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
