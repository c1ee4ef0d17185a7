namespace Orchestrator.Actors.Persistence;

/// <summary>A stored event type or version this build does not know.</summary>
public sealed class UnknownEventException : Exception
{
    /// <summary>Creates the error.</summary>
    public UnknownEventException(int typeId, short typeVersion)
        : base($"Event type {typeId} version {typeVersion} is not known to this build. Run a build at least as new as the one that wrote it.")
    {
        TypeId = typeId;
        TypeVersion = typeVersion;
    }

    /// <summary>The stored type.</summary>
    public int TypeId { get; }

    /// <summary>The stored version.</summary>
    public short TypeVersion { get; }
}
