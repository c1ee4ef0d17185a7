using Orchestrator.Replication.Sites;

namespace Orchestrator.Control.Machines;

/// <summary>This node's right to outside effects, one per grant of a shard.</summary>
/// <remarks>
/// A right ends when its shard leaves, is lost, or the lease of the node is in doubt; what runs under it is cancelled at once. It is
/// courtesy, not the guarantee: clocks and messages can be late, so the sites compare the term of every call.
/// </remarks>
/// <param name="servedEpoch">The epoch under which this node serves a shard now; null when it does not.</param>
/// <param name="stopping">Ends every right.</param>
public sealed class ShardRights(Func<int, long?> servedEpoch, CancellationToken stopping)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, (long Epoch, CancellationTokenSource Ends)> _rights = [];

    /// <summary>Whether this node acts under the term now.</summary>
    public bool Holds(ControlTerm term) => servedEpoch(term.Shard) == term.Epoch;

    /// <summary>A token that is cancelled as soon as this node no longer holds the term; cancelled already when it does not.</summary>
    public CancellationToken Of(ControlTerm term)
    {
        CancellationTokenSource? older = null;
        try
        {
            lock (_gate)
            {
                // Asked under the lock: who takes a shard away says so first and ends the right then.
                if (!Holds(term)) return new CancellationToken(canceled: true);
                if (_rights.TryGetValue(term.Shard, out var known) && known.Epoch == term.Epoch) return known.Ends.Token;
                older = known.Ends;
                var ends = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                _rights[term.Shard] = (term.Epoch, ends);
                return ends.Token;
            }
        }
        finally
        {
            End(older);
        }
    }

    /// <summary>Ends the right to a shard.</summary>
    public void End(int shardId)
    {
        CancellationTokenSource? ends;
        lock (_gate)
        {
            ends = _rights.Remove(shardId, out var right) ? right.Ends : null;
        }

        End(ends);
    }

    /// <summary>Ends every right; those to shards that are served again can be asked for again.</summary>
    public void EndAll()
    {
        List<CancellationTokenSource> all;
        lock (_gate)
        {
            all = [.. _rights.OrderBy(right => right.Key).Select(right => right.Value.Ends)];
            _rights.Clear();
        }

        all.ForEach(End);
    }

    /// <summary>Outside the lock: cancelling runs what waits for it.</summary>
    private static void End(CancellationTokenSource? ends)
    {
        try
        {
            ends?.Cancel();
        }
        catch (AggregateException)
        {
            // What a callee makes of the news must not keep the kernel, which brings it, from telling the others.
        }

        ends?.Dispose();
    }
}
