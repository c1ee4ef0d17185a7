namespace Orchestrator.Cluster.Bus;

/// <summary>How a message sent over the bus ended. Every ask ends with exactly one.</summary>
public abstract record BusOutcome
{
    private BusOutcome()
    {
    }

    /// <summary>The entity answered; of a tell: the message is on its way.</summary>
    /// <param name="Body">The answer as its codec wrote it.</param>
    public sealed record Ok(ReadOnlyMemory<byte> Body) : BusOutcome;

    /// <summary>The receiver does not own the shard; nothing was done. Refresh the map of shards and send to the owner.</summary>
    /// <param name="Owner">The incarnation that owns it as far as the receiver knows.</param>
    /// <param name="Epoch">The epoch the receiver knows.</param>
    public sealed record NotOwner(Guid? Owner, long Epoch) : BusOutcome;

    /// <summary>The shard is being handed over; nothing was done.</summary>
    /// <param name="To">The incarnation that gets it.</param>
    /// <param name="NotBefore">How long to wait before sending there; whole milliseconds.</param>
    public sealed record Moved(Guid To, TimeSpan NotBefore) : BusOutcome;

    /// <summary>A queue is full, here or at the receiver; nothing was done.</summary>
    public sealed record Busy : BusOutcome
    {
        /// <summary>The one value.</summary>
        public static Busy Instance { get; } = new();
    }

    /// <summary>The peer cannot be reached or takes nothing now; nothing was done.</summary>
    /// <param name="RetryAfter">When a retry may succeed; zero when unknown; whole milliseconds.</param>
    /// <param name="Code">A stable code.</param>
    /// <param name="Message">What happened and what to do.</param>
    public sealed record Unavailable(TimeSpan RetryAfter, string Code, string Message) : BusOutcome;

    /// <summary>The message was refused or failed; the code says whether something may have been done.</summary>
    /// <param name="Code">A stable code, of the bus or of the kernel at the receiver.</param>
    /// <param name="Message">What happened and what to do.</param>
    public sealed record Failed(string Code, string Message) : BusOutcome;

    /// <summary>Nobody knows: the message was sent, and no answer came. Retry with the same operation id.</summary>
    /// <param name="Code">A stable code.</param>
    /// <param name="Message">What happened and what to do.</param>
    public sealed record Unknown(string Code, string Message) : BusOutcome;
}
