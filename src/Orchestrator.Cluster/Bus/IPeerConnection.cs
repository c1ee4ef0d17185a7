namespace Orchestrator.Cluster.Bus;

/// <summary>The way to one other node. Messages to one shard arrive in the order they were given; across shards they take turns.</summary>
/// <remarks>
/// A message waits here for an attempt to connect that is under way, and for the receiver's credit; never longer than its deadline, and only
/// within the limits of <see cref="BusOptions"/>, beyond which it is refused as busy. When the connection breaks every message that was sent
/// and not answered ends as <see cref="BusOutcome.Unknown"/>, every other as <see cref="BusOutcome.Unavailable"/>: none is sent twice.
/// </remarks>
public interface IPeerConnection : IAsyncDisposable
{
    /// <summary>Where the peer listens.</summary>
    PeerAddress Address { get; }

    /// <summary>The state now.</summary>
    PeerState State { get; }

    /// <summary>Who answered there last; null before the first connection.</summary>
    PeerIdentity? Peer { get; }

    /// <summary>Why there is no connection, or why the last one ended; null before anything failed.</summary>
    BusFault? LastFault { get; }

    /// <summary>Sends a message and waits for its outcome. Does not throw for operating errors: each is an outcome.</summary>
    /// <param name="message">The message.</param>
    /// <param name="timeout">How long to wait in all.</param>
    /// <param name="cancellation">Ends the wait, not the work.</param>
    Task<BusOutcome> AskAsync(BusMessage message, TimeSpan timeout, CancellationToken cancellation = default);

    /// <summary>Sends a message that is not answered; <see cref="BusOutcome.Ok"/>, with an empty body, means that it is on its way, not that
    /// it arrived.</summary>
    /// <param name="message">The message.</param>
    /// <param name="timeout">How long it may wait for credit here and in the receiver's queues.</param>
    /// <param name="cancellation">Ends the wait; a message that was not sent yet is not sent.</param>
    Task<BusOutcome> TellAsync(BusMessage message, TimeSpan timeout, CancellationToken cancellation = default);

    /// <summary>Takes no more messages, lets those under way end within <see cref="BusOptions.DrainLimit"/>, says goodbye and disconnects.</summary>
    Task CloseAsync();
}
