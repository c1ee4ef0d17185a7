namespace Orchestrator.Actors.Sharding;

/// <summary>Commands and replies of one entity kind as bytes, so that they can cross nodes.</summary>
/// <typeparam name="TCommand">The commands.</typeparam>
public interface IMessageCodec<TCommand>
{
    /// <summary>Encodes a command.</summary>
    byte[] Encode(TCommand command);

    /// <summary>Decodes a command.</summary>
    /// <exception cref="FormatException">The bytes are not a command this build knows.</exception>
    TCommand Decode(ReadOnlyMemory<byte> body);

    /// <summary>Encodes whatever the entities answer.</summary>
    byte[] EncodeReply(object? reply);

    /// <summary>Decodes an answer.</summary>
    /// <exception cref="FormatException">The bytes are not an answer this build knows.</exception>
    object? DecodeReply(ReadOnlyMemory<byte> body);
}
