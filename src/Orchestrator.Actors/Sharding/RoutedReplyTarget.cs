namespace Orchestrator.Actors.Sharding;

/// <summary>Answers an asker on another node: turns the entity's reply into bytes.</summary>
internal sealed class RoutedReplyTarget<TCommand>(
    IRoutedReply routed, IMessageCodec<TCommand> codec, string name, DateTimeOffset? deadline) : ReplyTarget
{
    private int _settled;

    internal override DateTimeOffset? Deadline => deadline;

    public override bool TryReply(object? reply)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
            return false;

        try
        {
            routed.Reply(codec.EncodeReply(reply));
        }
        catch (Exception error)
        {
            routed.Fail(new AskException(AskFailure.WrongReplyType,
                $"'{name}' answered with {reply?.GetType().Name ?? "null"}, which cannot be sent to another node ({error.Message}).", default, error));
        }

        return true;
    }

    public override bool TryFail(AskException error)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
            return false;

        routed.Fail(error);
        return true;
    }
}
