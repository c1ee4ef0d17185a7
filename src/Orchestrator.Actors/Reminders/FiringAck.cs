using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Reminders;

/// <summary>Takes an entity's answer to a firing: any answer means it is done with, an error means try again.</summary>
internal sealed class FiringAck(ReminderService service, JournalReminder reminder) : ReplyTarget
{
    private int _settled;

    public override bool TryReply(object? reply)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
            return false;

        service.Consumed(reminder);
        return true;
    }

    public override bool TryFail(AskException error)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
            return false;

        service.Failed(reminder, error);
        return true;
    }
}
