namespace Orchestrator.Actors;

/// <summary>Something an operator may want to know; the host turns it into a log line or a metric.</summary>
public abstract record KernelEvent
{
    private KernelEvent()
    {
    }

    /// <summary>A message could not be delivered.</summary>
    /// <param name="Recipient">To whom.</param>
    /// <param name="Message">What.</param>
    /// <param name="Reason">Why not.</param>
    public sealed record DeadLetter(string Recipient, object? Message, DeadLetterReason Reason) : KernelEvent;

    /// <summary>An actor failed.</summary>
    /// <param name="Name">The actor.</param>
    /// <param name="Error">The error that ended it.</param>
    /// <param name="RestartIn">When a new instance starts; null when none does.</param>
    public sealed record ActorFailed(string Name, Exception Error, TimeSpan? RestartIn) : KernelEvent;

    /// <summary>An entity failed the same way too often and is not started again until an operator resumes it.</summary>
    /// <param name="Name">The entity.</param>
    /// <param name="Error">The last error.</param>
    public sealed record EntityQuarantined(string Name, Exception Error) : KernelEvent;

    /// <summary>An operator has passed over an event of a quarantined entity.</summary>
    /// <param name="Name">The entity.</param>
    /// <param name="SequenceNr">The event.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="By">Who.</param>
    public sealed record EventSkipped(string Name, long SequenceNr, string Reason, string By) : KernelEvent;

    /// <summary>This node may not write to a shard any more; its entities stop.</summary>
    /// <param name="ShardId">The shard.</param>
    /// <param name="Code">Why: <see cref="ActorErrorCodes.ShardFenced"/> or <see cref="ActorErrorCodes.ShardDiverged"/>.</param>
    public sealed record ShardLost(int ShardId, string Code) : KernelEvent;

    /// <summary>A shard is on its way to another node: its entities take nothing new here and end what they do.</summary>
    /// <param name="ShardId">The shard.</param>
    public sealed record ShardDraining(int ShardId) : KernelEvent;

    /// <summary>The journal failed; the writer tries again.</summary>
    /// <param name="Attempt">Which attempt failed, from 1.</param>
    /// <param name="Error">The error.</param>
    /// <param name="RetryIn">When the next attempt starts; null when it gives up.</param>
    public sealed record AppendFailed(int Attempt, Exception Error, TimeSpan? RetryIn) : KernelEvent;

    /// <summary>The journal does not answer: writes, recoveries and new effects wait until it does.</summary>
    /// <param name="Error">The first error.</param>
    public sealed record JournalUnavailable(Exception Error) : KernelEvent;

    /// <summary>The journal answers again.</summary>
    /// <param name="After">How long it did not.</param>
    public sealed record JournalAvailable(TimeSpan After) : KernelEvent;

    /// <summary>An append hangs; its outcome counts as unknown until it answers or the heads tell.</summary>
    /// <param name="For">For how long.</param>
    public sealed record JournalSilent(TimeSpan For) : KernelEvent;

    /// <summary>A snapshot was not used; an older one or the whole history is replayed.</summary>
    /// <param name="Name">The entity.</param>
    /// <param name="SequenceNr">The snapshot's sequence number.</param>
    /// <param name="Reason">Why not.</param>
    public sealed record SnapshotIgnored(string Name, long SequenceNr, string Reason) : KernelEvent;

    /// <summary>A snapshot could not be stored; the next one is tried as usual.</summary>
    /// <param name="Name">The entity.</param>
    /// <param name="Error">The error.</param>
    public sealed record SnapshotFailed(string Name, Exception Error) : KernelEvent;

    /// <summary>Due reminders could not be read or delivered; it is tried again.</summary>
    /// <param name="Name">The entity, or empty when the read failed.</param>
    /// <param name="Error">The error.</param>
    public sealed record ReminderFailed(string Name, Exception Error) : KernelEvent;

    /// <summary>A projection could not read or store; it is tried again.</summary>
    /// <param name="Name">The projection and its version.</param>
    /// <param name="Error">The error.</param>
    /// <param name="RetryIn">When the next attempt starts.</param>
    public sealed record ProjectionFailed(string Name, Exception Error, TimeSpan RetryIn) : KernelEvent;

    /// <summary>A projection could not handle an event and has passed it; the dead letter keeps what is lost.</summary>
    /// <param name="Name">The projection and its version.</param>
    /// <param name="ShardId">The event's shard.</param>
    /// <param name="Position">Its position there.</param>
    /// <param name="Error">What went wrong.</param>
    public sealed record EventSetAside(string Name, int ShardId, long Position, string Error) : KernelEvent;

    /// <summary>A projection could not handle an event and has stopped there until the node starts again.</summary>
    /// <param name="Name">The projection and its version.</param>
    /// <param name="ShardId">The shard that stands still in it.</param>
    /// <param name="Position">The event's position.</param>
    /// <param name="Error">What went wrong.</param>
    public sealed record ProjectionHalted(string Name, int ShardId, long Position, Exception Error) : KernelEvent;

    /// <summary>A shard's rows were made of events the journal does not hold (any more); they are made anew.</summary>
    /// <param name="Name">The projection and its version.</param>
    /// <param name="ShardId">The shard.</param>
    /// <param name="Position">How far the rows claimed to be.</param>
    public sealed record ProjectionReset(string Name, int ShardId, long Position) : KernelEvent;

    /// <summary>A new version of a projection has caught up, and readers see it from now on.</summary>
    /// <param name="Name">The projection and its version.</param>
    public sealed record ProjectionActivated(string Name) : KernelEvent;

    /// <summary>Readers see a newer version of this projection: this one is not run any more.</summary>
    /// <param name="Name">The projection and its version.</param>
    public sealed record ProjectionSuperseded(string Name) : KernelEvent;

    /// <summary>A message between entities was refused, failed or not answered; it and those behind it are sent again.</summary>
    /// <param name="To">The receiver.</param>
    /// <param name="Error">Why.</param>
    /// <param name="RetryIn">When.</param>
    public sealed record DeliveryFailed(string To, Exception Error, TimeSpan RetryIn) : KernelEvent;

    /// <summary>Messages could not be read from the journal, or delivered ones not be removed from it; it is tried again.</summary>
    /// <param name="Error">The error.</param>
    public sealed record OutboxFailed(Exception Error) : KernelEvent;
}
