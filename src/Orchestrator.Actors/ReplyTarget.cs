namespace Orchestrator.Actors;

/// <summary>Somebody who waits for one answer. May be kept and answered in a later turn.</summary>
public abstract class ReplyTarget
{
    private protected ReplyTarget()
    {
    }

    /// <summary>When the asker gives up, on the system's time; null when it waits for as long as it takes.</summary>
    internal virtual DateTimeOffset? Deadline => null;

    /// <summary>Answers. Never throws: an answer that comes too late is counted as a dead letter.</summary>
    /// <returns>Whether the answer was taken.</returns>
    public abstract bool TryReply(object? reply);

    /// <summary>Ends the wait with an error. Never throws.</summary>
    /// <returns>Whether the error was taken.</returns>
    public abstract bool TryFail(AskException error);
}
