namespace Orchestrator.Actors.Persistence;

/// <summary>Turns events of one entity kind into bytes and back.</summary>
/// <remarks>It needs to know the newest version of each type only: <see cref="EventUpcasters"/> bring older ones up to it.</remarks>
/// <typeparam name="TEvent">The events of the kind.</typeparam>
public interface IEventCodec<TEvent>
{
    /// <summary>Encodes an event in its newest version. Throwing refuses the command; nothing is written.</summary>
    EncodedEvent Encode(TEvent @event);

    /// <summary>Decodes an event of a version the codec knows.</summary>
    /// <param name="typeId">The stored type.</param>
    /// <param name="typeVersion">The stored version.</param>
    /// <param name="payload">The stored body; null once shredded.</param>
    /// <exception cref="UnknownEventException">The type or version is not known: the entity must not go on with a hole.</exception>
    TEvent Decode(int typeId, short typeVersion, byte[]? payload);
}
