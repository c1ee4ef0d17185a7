using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Sharding;

/// <summary>An entity that failed the same way too often and waits for an operator.</summary>
/// <param name="Id">The entity.</param>
/// <param name="Code">How it fails, one of <see cref="ActorErrorCodes"/>.</param>
/// <param name="SequenceNr">The event at which its recovery stops.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Since">When it was quarantined, UTC.</param>
public sealed record QuarantinedEntity(PersistenceId Id, string Code, long SequenceNr, string Message, DateTimeOffset Since)
{
    /// <summary>Whether passing over the event may help: it is intact and cannot be read or applied.</summary>
    public bool CanSkip => Code is ActorErrorCodes.UnknownEvent or ActorErrorCodes.ReplayFailed;
}
