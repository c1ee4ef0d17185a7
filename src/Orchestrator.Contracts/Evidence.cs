namespace Orchestrator.Contracts;

/// <summary>Asks to verify the journal against published checkpoints.</summary>
/// <param name="Published">The lines as they were published, in order.</param>
public sealed record VerifyRequest(IReadOnlyList<string> Published);

/// <summary>Asks to remove the payloads of a machine's events; their hashes stay.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="First">The first event.</param>
/// <param name="Last">The last one.</param>
/// <param name="Reason">Why; kept for ever.</param>
/// <param name="Force">Whether to go on although no snapshot covers the events: the machine then cannot be recovered.</param>
public sealed record ShredRequest(string Machine, long First, long Last, string Reason, bool Force);

/// <summary>Payloads were removed, and this is on record.</summary>
/// <param name="Number">The number of the note.</param>
/// <param name="Machine">The machine.</param>
/// <param name="First">The first event.</param>
/// <param name="Last">The last one.</param>
/// <param name="At">When.</param>
/// <param name="Caller">Who asked.</param>
/// <param name="Reason">Why.</param>
public sealed record ShreddingView(long Number, string Machine, long First, long Last, DateTimeOffset At, string Caller, string Reason);

/// <summary>The journal's newest checkpoints and where they are published.</summary>
/// <param name="KeyId">The SHA-256 of the public key that signs, hexadecimal.</param>
/// <param name="Checkpoints">The newest ones, newest first.</param>
/// <param name="Targets">The targets.</param>
public sealed record CheckpointsView(string KeyId, IReadOnlyList<CheckpointView> Checkpoints, IReadOnlyList<CheckpointTargetView> Targets);

/// <summary>A checkpoint.</summary>
/// <param name="Number">Its number.</param>
/// <param name="At">When it was taken.</param>
/// <param name="Events">How many events it seals.</param>
/// <param name="Root">The hash over all of them, hexadecimal.</param>
public sealed record CheckpointView(long Number, DateTimeOffset At, long Events, string Root);

/// <summary>A place outside the journal that gets the checkpoints.</summary>
/// <param name="Name">What and where it is.</param>
/// <param name="Published">The newest checkpoint it has from this node; 0 for none yet.</param>
/// <param name="Error">Why it gets none; null when it does.</param>
public sealed record CheckpointTargetView(string Name, long Published, ErrorView? Error);

/// <summary>Everything at one moment of the past.</summary>
/// <param name="At">When the checkpoint was taken that cuts the past there.</param>
/// <param name="Checkpoint">Its number.</param>
/// <param name="Events">How many events were stored by then.</param>
/// <param name="Machines">The machines that had a history by then.</param>
public sealed record PastSystem(DateTimeOffset At, long Checkpoint, long Events, IReadOnlyList<PastState> Machines);

/// <summary>One event of a machine and what it changed.</summary>
/// <param name="Sequence">Its number in the machine's history.</param>
/// <param name="At">The time it carries.</param>
/// <param name="Type">Its stable name.</param>
/// <param name="Text">Its content in words.</param>
/// <param name="State">The state after it.</param>
/// <param name="Changes">What it changed.</param>
public sealed record ReplayStep(
    long Sequence, DateTimeOffset At, string Type, string Text, string State, IReadOnlyList<StateChange> Changes);

/// <summary>A part of a state that an event changed.</summary>
/// <param name="Path">Which part, such as <c>Workflow.Next</c>.</param>
/// <param name="Before">What it was; null when it was not there.</param>
/// <param name="After">What it is; null when it is gone.</param>
public sealed record StateChange(string Path, string? Before, string? After);
