namespace Orchestrator.Actors.Sharding;

/// <summary>Gives an answer that came from another node to the asker here.</summary>
internal sealed class RemoteAnswer<TCommand>(ReplyTarget asker, IMessageCodec<TCommand> codec, string name) : IRoutedReply
{
    public void Reply(ReadOnlyMemory<byte> body)
    {
        object? reply;
        try
        {
            reply = codec.DecodeReply(body);
        }
        catch (Exception error)
        {
            Fail(new AskException(AskFailure.WrongReplyType,
                $"The answer of '{name}' on another node cannot be read ({error.Message}); its command was handled. Bring the nodes to one version.",
                default, error));
            return;
        }

        asker.TryReply(reply);
    }

    public void Fail(AskException error) => asker.TryFail(error);
}
