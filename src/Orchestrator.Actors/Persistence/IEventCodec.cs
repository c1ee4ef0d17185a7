namespace Orchestrator.Actors.Persistence;

/// <summary>Turns events of one entity kind into bytes and back, every version ever stored included.</summary>
/// <typeparam name="TEvent">The events of the kind.</typeparam>
public interface IEventCodec<TEvent>
{
    /// <summary>Encodes an event in its newest version. Throwing refuses the command; nothing is written.</summary>
    EncodedEvent Encode(TEvent @event);

    /// <summary>Decodes a stored event, bringing older versions up to date.</summary>
    /// <param name="typeId">The stored type.</param>
    /// <param name="typeVersion">The stored version.</param>
    /// <param name="payload">The stored body; null once shredded.</param>
    /// <exception cref="UnknownEventException">The type or version is not known: the entity must not go on with a hole.</exception>
    TEvent Decode(int typeId, short typeVersion, byte[]? payload);
}
