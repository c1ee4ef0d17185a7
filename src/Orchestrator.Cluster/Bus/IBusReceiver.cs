namespace Orchestrator.Cluster.Bus;

/// <summary>Takes what other nodes send to this one.</summary>
public interface IBusReceiver
{
    /// <summary>Takes a message. Called for the messages of one connection one after the other, in order; for several connections at once.</summary>
    /// <remarks>Must not block: it hands the message to a mailbox and returns. Every delivery must be completed, at the latest soon
    /// after its deadline: until then it takes room in the sender's credit window, and a sender that gets nothing back for
    /// <see cref="BusOptions.StallLimit"/> beyond the deadline disconnects.</remarks>
    /// <param name="delivery">The message and the way to answer it.</param>
    void Receive(BusDelivery delivery);
}
