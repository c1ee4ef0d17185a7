namespace Orchestrator.Contracts;

/// <summary>One operation on a machine, as its journal tells it.</summary>
/// <param name="Id">The operation's id.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Kind">What was asked.</param>
/// <param name="State">InProgress, Suspended (waits for a retry or the operator), Succeeded, Failed or Cancelled.</param>
/// <param name="Caller">Who asked.</param>
/// <param name="StartedAt">When it was accepted.</param>
/// <param name="EndedAt">When it ended; null while it runs.</param>
/// <param name="Tasks">Its steps, in order.</param>
/// <param name="Outcome">What came out, in words; null while it runs.</param>
public sealed record JobView(
    Guid Id, string Machine, string Kind, string State, string Caller, DateTimeOffset StartedAt, DateTimeOffset? EndedAt,
    IReadOnlyList<TaskView> Tasks, string? Outcome);

/// <summary>One step of a job.</summary>
/// <param name="Name">The step.</param>
/// <param name="State">NotStarted, InProgress, Succeeded, Skipped or Failed.</param>
/// <param name="StartedAt">When it was begun.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Detail">What it did, or why it failed.</param>
/// <param name="RetryAt">When it is tried again; null when it is not.</param>
public sealed record TaskView(
    string Name, string State, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Detail, DateTimeOffset? RetryAt);

/// <summary>One event out of the journal.</summary>
/// <param name="Position">Its position in its shard.</param>
/// <param name="Shard">The shard.</param>
/// <param name="Entity">The entity it belongs to.</param>
/// <param name="Sequence">Its number in the entity's history.</param>
/// <param name="At">The time it carries.</param>
/// <param name="Type">The event's stable name.</param>
/// <param name="Text">Its content in words.</param>
/// <param name="Hash">The chain hash, hexadecimal.</param>
public sealed record JournalEntryView(
    long Position, int Shard, string Entity, long Sequence, DateTimeOffset At, string Type, string Text, string Hash);

/// <summary>How the journal's verification ended.</summary>
/// <param name="Verified">Whether everything is intact.</param>
/// <param name="Events">How many events were verified.</param>
/// <param name="Entities">How many entities they belong to.</param>
/// <param name="Damage">The first bad spot; null when intact.</param>
public sealed record JournalVerification(bool Verified, long Events, long Entities, JournalDamageView? Damage)
{
    /// <summary>How many signed checkpoints hold.</summary>
    public long Checkpoints { get; init; }

    /// <summary>How many events those seal.</summary>
    public long SealedEvents { get; init; }

    /// <summary>How many published checkpoints agree with the journal.</summary>
    public long Published { get; init; }

    /// <summary>How many payloads were shredded, on record.</summary>
    public long Shredded { get; init; }
}

/// <summary>The first bad spot of a journal.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Shard">The shard.</param>
/// <param name="Position">The position.</param>
/// <param name="Entity">The entity; null when it cannot be told.</param>
/// <param name="Sequence">The event's number in the entity's history.</param>
/// <param name="Message">In words, with what to do.</param>
public sealed record JournalDamageView(string Kind, int Shard, long Position, string? Entity, long Sequence, string Message)
{
    /// <summary>The checkpoint that shows it, or is bad itself; null when none has to do with it.</summary>
    public long? Checkpoint { get; init; }
}

/// <summary>A machine's state at a past instant.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="At">The instant.</param>
/// <param name="Sequence">The last event before it.</param>
/// <param name="State">The protection state then.</param>
/// <param name="Health">The health then.</param>
/// <param name="ActiveSite">The active site then; null while unprotected.</param>
/// <param name="LatestPoint">The newest recovery point then.</param>
/// <param name="Rpo">Its age then.</param>
public sealed record PastState(
    string Machine, DateTimeOffset At, long Sequence, string State, string Health, string? ActiveSite, PointView? LatestPoint, TimeSpan? Rpo);

/// <summary>What a node is.</summary>
/// <param name="Version">The program's version.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="Sites">The sites it knows.</param>
/// <param name="ResidentBytes">Its resident memory.</param>
/// <param name="Machines">The machines it protects.</param>
public sealed record NodeStatus(
    string Version, int ProcessId, DateTimeOffset StartedAt, IReadOnlyList<SiteView> Sites, long ResidentBytes,
    IReadOnlyList<MachineStatus> Machines)
{
    /// <summary>What is wrong with the node itself; empty when nothing is.</summary>
    public IReadOnlyList<HealthReasonView> Health { get; init; } = [];
}

/// <summary>A site.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind, such as <c>folder</c>.</param>
/// <param name="Location">Its folder, or the address of the node that has it.</param>
public sealed record SiteView(string Name, string Kind, string Location);

/// <summary>An error a user can act on.</summary>
/// <param name="Code">The stable code, ORCnnnn.</param>
/// <param name="Message">What happened, to what.</param>
/// <param name="Advice">What to do about it; null when the message says it.</param>
/// <param name="Allowed">The operations that are allowed instead; empty when that does not apply.</param>
public sealed record ErrorView(string Code, string Message, string? Advice, IReadOnlyList<string> Allowed);
