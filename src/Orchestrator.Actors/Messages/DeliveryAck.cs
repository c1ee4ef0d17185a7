namespace Orchestrator.Actors.Messages;

/// <summary>Takes a receiver's answer to a message: any answer means that it is durably handled, an error means try again.</summary>
internal sealed class DeliveryAck(OutboxService service, Parcel parcel, DateTimeOffset deadline) : ReplyTarget
{
    private int _settled;

    internal override DateTimeOffset? Deadline => deadline;

    public override bool TryReply(object? reply)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
            return false;

        service.Acknowledged(parcel.Message);
        return true;
    }

    public override bool TryFail(AskException error)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
            return false;

        service.Failed(parcel, error);
        return true;
    }
}
