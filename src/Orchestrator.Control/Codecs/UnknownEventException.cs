using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Codecs;

/// <summary>A stored event is of a type, or of a version of a type, that this program does not know.</summary>
/// <remarks>Recovery stops on it: a state folded without the event would be wrong.</remarks>
public sealed class UnknownEventException : Exception
{
    /// <summary>The stable code.</summary>
    public const string ErrorCode = "ORC4201";

    private const string Advice = "It was written by a newer version of the program: start that version or a later one.";

    private UnknownEventException(string message, int typeId, short? version)
        : base($"{message} {Advice}")
    {
        TypeId = typeId;
        Version = version;
    }

    /// <summary>The stable code: <see cref="ErrorCode"/>.</summary>
    public string Code { get; } = ErrorCode;

    /// <summary>The number of the type.</summary>
    public int TypeId { get; }

    /// <summary>The version; null when only the name of the type was asked for.</summary>
    public short? Version { get; }

    internal static UnknownEventException Type(int typeId, short? version = null) =>
        new($"There is no type of event with the number {typeId}.", typeId, version);

    internal static UnknownEventException OfVersion(RecordFormat<Event> known, short version) => new(
        $"The event {known.Name} (number {known.Number}) is stored in version {version}, and this program knows version {known.Version}.",
        known.Number, version);
}
