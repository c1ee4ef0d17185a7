namespace Orchestrator.Replication.Pipeline;

/// <summary>Why a session ended.</summary>
/// <param name="Code">A code of <see cref="ErrorCodes"/>, or null for an error of the program itself.</param>
/// <param name="Message">What happened and what to do.</param>
/// <param name="IsTransient">Whether running again later can help.</param>
public sealed record ReplicationFailure(string? Code, string Message, bool IsTransient);
