using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors.Cluster;

/// <summary>What is on its way to one shard: what waits, in the order it was sent, and how much is out at which node.</summary>
/// <remarks>Belongs to the router's lock.</remarks>
internal sealed class ShardLane
{
    private readonly SortedDictionary<long, Pending> _waiting = [];
    private DateTimeOffset _retryAt = DateTimeOffset.MinValue;

    /// <summary>The node that messages were sent to last.</summary>
    public Guid Target { get; private set; }

    public int InFlight { get; private set; }

    public int Count => _waiting.Count;

    /// <summary>Payload bytes waiting and in flight.</summary>
    public long Bytes { get; private set; }

    /// <summary>Puts a message down; one that comes back takes its old place.</summary>
    public void Put(Pending pending)
    {
        _waiting.Add(pending.Order, pending);
        Bytes += pending.Message.Body.Length;
    }

    /// <summary>Whether something waits that may go to <paramref name="node"/>: not while messages are out at another one, lest it overtake them.</summary>
    public bool MayGoTo(Guid node, DateTimeOffset now) =>
        _waiting.Count > 0 && (InFlight == 0 || Target == node) && (Target != node || now >= _retryAt);

    /// <summary>Puts back what its target did not take; that node is left alone for a while, another one is not.</summary>
    public void PutBack(Pending pending, DateTimeOffset retryAt)
    {
        _retryAt = retryAt;
        Put(pending);
    }

    public Pending Take(Guid node)
    {
        var pending = First();
        Target = node;
        InFlight++;
        Bytes += pending.Message.Body.Length;
        return pending;
    }

    /// <summary>Takes the first for an entity on this node.</summary>
    public Pending? TakeLocal() => _waiting.Count > 0 && InFlight == 0 ? First() : null;

    public void Returned(Pending pending)
    {
        InFlight--;
        Bytes -= pending.Message.Body.Length;
    }

    public List<Pending> TakeExpired(DateTimeOffset now)
    {
        var expired = _waiting.Values.Where(pending => pending.Expires <= now).ToList();
        foreach (var pending in expired)
            Remove(pending);

        return expired;
    }

    public List<Pending> TakeAll()
    {
        var all = _waiting.Values.ToList();
        all.ForEach(Remove);
        return all;
    }

    private Pending First()
    {
        var pending = _waiting.First().Value;
        Remove(pending);
        return pending;
    }

    private void Remove(Pending pending)
    {
        _waiting.Remove(pending.Order);
        Bytes -= pending.Message.Body.Length;
    }

    /// <summary>A message and its place in the order of sending.</summary>
    internal sealed record Pending(long Order, RoutedMessage Message, DateTimeOffset Expires);
}
