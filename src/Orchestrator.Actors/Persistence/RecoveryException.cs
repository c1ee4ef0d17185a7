namespace Orchestrator.Actors.Persistence;

/// <summary>The stored history of an entity cannot be trusted or understood; trying again alone does not help.</summary>
public sealed class RecoveryException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">The stable code, ORC452x.</param>
    /// <param name="id">The entity.</param>
    /// <param name="sequenceNr">The event at which recovery stopped.</param>
    /// <param name="message">What is wrong and what to do about it.</param>
    /// <param name="inner">The cause.</param>
    public RecoveryException(string code, PersistenceId id, long sequenceNr, string message, Exception? inner = null)
        : base($"{code}: recovery of {id} stopped at event {sequenceNr}: {message}", inner)
    {
        Code = code;
        Id = id;
        SequenceNr = sequenceNr;
    }

    /// <summary>The stable code, ORC452x.</summary>
    public string Code { get; }

    /// <summary>The entity.</summary>
    public PersistenceId Id { get; }

    /// <summary>The event at which recovery stopped.</summary>
    public long SequenceNr { get; }
}
