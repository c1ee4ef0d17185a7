using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors.Cluster;

/// <summary>Carries messages to other nodes.</summary>
public interface IPeerLink
{
    /// <summary>Sends a message, a tell too, and answers exactly once, on any thread. Messages to one node arrive in order.</summary>
    void Send(NodeRecord to, RoutedMessage message, Action<PeerAnswer> answered);

    /// <summary>Tells a node that a shard was released for it. May get lost: it would find out in its next round.</summary>
    void Poke(NodeRecord to);
}

/// <summary>What became of a message sent to another node.</summary>
public enum PeerOutcome
{
    /// <summary>The entity answered; for a tell, the message is in its mailbox.</summary>
    Replied = 1,

    /// <summary>It was refused or failed there, for the reason given.</summary>
    Failed = 2,

    /// <summary>The node does not serve the shard; nothing was done.</summary>
    NotOwner = 3,

    /// <summary>It could not be sent; nothing was done.</summary>
    NotSent = 4,

    /// <summary>The connection was lost after it was sent: it may have been carried out.</summary>
    Unknown = 5,
}

/// <summary>The answer of another node.</summary>
/// <param name="Outcome">What became of the message.</param>
/// <param name="Body">The encoded reply, if it replied to an ask.</param>
/// <param name="Error">The error, if it failed.</param>
public readonly record struct PeerAnswer(PeerOutcome Outcome, ReadOnlyMemory<byte> Body = default, AskException? Error = null)
{
    /// <summary>The node does not serve the shard.</summary>
    public static PeerAnswer NotOwner => new(PeerOutcome.NotOwner);
}
