using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Sharding;

/// <summary>A command on its way between nodes.</summary>
/// <param name="Kind">The stable number of the entity kind.</param>
/// <param name="Name">The entity.</param>
/// <param name="ShardId">Its shard.</param>
/// <param name="Body">A command, encoded by the kind's <see cref="IMessageCodec{TCommand}"/>, or another entity's message; the first byte says which.</param>
/// <param name="ReplyTo">Who waits for the answer; null for a tell.</param>
public sealed record RoutedMessage(int Kind, string Name, int ShardId, ReadOnlyMemory<byte> Body, IRoutedReply? ReplyTo)
{
    /// <summary>The entity.</summary>
    public PersistenceId Id => new(Kind, Name);

    /// <summary>When the asker gives up, on the system's time; null for a tell.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The W3C trace context it was sent in, if any.</summary>
    public string? TraceParent { get; init; }

    /// <summary>A message of another entity rather than a command.</summary>
    public bool IsDelivery => RoutedBody.IsDelivery(Body);

    /// <summary>How many nodes it has passed.</summary>
    public int Hops { get; init; }
}

/// <summary>Takes the answer to a routed message, once.</summary>
public interface IRoutedReply
{
    /// <summary>Answers with an encoded reply. Never throws.</summary>
    void Reply(ReadOnlyMemory<byte> body);

    /// <summary>Ends the wait with an error. Never throws.</summary>
    void Fail(AskException error);
}
