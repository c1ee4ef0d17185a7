namespace Orchestrator.Actors.Mailbox;

/// <summary>The cell a mailbox gives turns to. Its tasks never fault: a cell deals with failure itself.</summary>
internal interface IMailboxOwner<T>
{
    /// <summary>False while starting or backing off: user messages then stay queued. Read within a turn.</summary>
    bool AcceptsMessages { get; }

    /// <summary>Whether messages put back from the stash wait ahead of the queue. Read within a turn.</summary>
    bool HasUnstashed { get; }

    /// <summary>Takes the next message put back from the stash.</summary>
    bool TryTakeUnstashed(out Envelope<T> envelope);

    /// <summary>Handles a signal of the kernel.</summary>
    ValueTask OnSignalAsync(SystemSignal signal);

    /// <summary>Handles one user message; the turn lasts until the task ends.</summary>
    ValueTask OnMessageAsync(Envelope<T> envelope);
}
