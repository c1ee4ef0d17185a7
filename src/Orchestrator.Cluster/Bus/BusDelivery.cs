using Orchestrator.Cluster.Bus.Sessions;

namespace Orchestrator.Cluster.Bus;

/// <summary>A message that has arrived from another node, and the way to answer it.</summary>
public sealed class BusDelivery
{
    private readonly InboundSession _session;
    private readonly TimeSpan _deadline;
    private int _completed;

    internal BusDelivery(InboundSession session, ulong id, bool isAsk, BusMessage message, TimeSpan deadline)
    {
        _session = session;
        Id = id;
        IsAsk = isAsk;
        Message = message;
        _deadline = deadline;
    }

    /// <summary>Who sent it.</summary>
    public PeerIdentity From => _session.Peer;

    /// <summary>The message.</summary>
    public BusMessage Message { get; }

    /// <summary>Whether the sender waits for the outcome.</summary>
    public bool IsAsk { get; }

    /// <summary>What is left of the deadline, on this node's clock; zero when it has passed.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = _deadline - _session.Now;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    internal ulong Id { get; }

    /// <summary>Ends the delivery: answers an ask, and makes room for another message. From any thread; the first call counts.</summary>
    /// <param name="outcome">How it ended; of a tell, the sender does not learn it.</param>
    /// <returns>Whether this was the first call and the connection still stands. A sender whose connection broke knows that the outcome is unknown.</returns>
    public bool Complete(BusOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return Interlocked.Exchange(ref _completed, 1) == 0 && _session.Complete(this, outcome);
    }
}
