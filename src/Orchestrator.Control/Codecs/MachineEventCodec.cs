using System.Collections.Frozen;
using Orchestrator.MessagePack;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Codecs;

/// <summary>Turns the events of a machine into what is stored and back. Safe for use by several threads.</summary>
/// <remarks>
/// Stored is a number and the fields in order, never a name of the code, so the code can be renamed. What has once been
/// written stays readable: the rules are those of <see cref="IMessagePackContract{TSelf}"/>, and a test compares the
/// bytes of every event with those of the version that introduced it.
/// </remarks>
public sealed class MachineEventCodec
{
    private static readonly RecordFormat<Event>[] Formats =
    [
        .. ProtectionFormats.All, .. ReplicationFormats.All, .. TestFailoverFormats.All, .. FailoverFormats.All, .. StepFormats.All,
    ];

    private readonly FrozenDictionary<int, RecordFormat<Event>> _byNumber = Formats.ToFrozenDictionary(format => format.Number);
    private readonly FrozenDictionary<Type, RecordFormat<Event>> _byType = Formats.ToFrozenDictionary(format => format.Type);
    private readonly FrozenDictionary<string, RecordFormat<Event>> _byName =
        Formats.ToFrozenDictionary(format => format.Name, StringComparer.Ordinal);

    /// <summary>The numbers of all types of event that can be decoded, ascending.</summary>
    public IReadOnlyList<int> TypeIds => [.. _byNumber.Keys.Order()];

    /// <summary>Encodes an event. An instant is stored as UTC: its offset is not kept.</summary>
    /// <exception cref="MessagePackException">A text of the event holds half a surrogate pair.</exception>
    /// <exception cref="ArgumentException">The event has no format, or holds an enum value that is not defined.</exception>
    public EncodedEvent Encode(Event e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return _byType.TryGetValue(e.GetType(), out var format)
            ? new EncodedEvent(format.Number, format.Version, MessagePackSerializer.Serialize(e, format.Write))
            : throw new ArgumentException($"Events of type {e.GetType().Name} have no format: give them one in {nameof(Codecs)}.", nameof(e));
    }

    /// <summary>Decodes an event.</summary>
    /// <exception cref="UnknownEventException">This program does not know the type or the version.</exception>
    /// <exception cref="MessagePackException">The payload is not such an event; the message names it.</exception>
    public Event Decode(int typeId, short version, ReadOnlySpan<byte> payload)
    {
        var format = _byNumber.GetValueOrDefault(typeId) ?? throw UnknownEventException.Type(typeId, version);
        if (version != format.Version) throw UnknownEventException.OfVersion(format, version);
        try
        {
            return MessagePackSerializer.Deserialize<Event>(payload, format.Read);
        }
        catch (MessagePackException e)
        {
            throw new MessagePackException(e.Code, $"An event {format.Name} cannot be read. {e.Message}", e.Offset, e);
        }
    }

    /// <summary>The stable name of a type of event, such as <c>machine.failover-started.v1</c>.</summary>
    /// <exception cref="UnknownEventException">This program does not know the type.</exception>
    public string NameOf(int typeId) => _byNumber.GetValueOrDefault(typeId)?.Name ?? throw UnknownEventException.Type(typeId);

    /// <summary>The names of an event's stored fields, in order; empty for a type this program does not know.</summary>
    public IReadOnlyList<string> FieldsOf(int typeId) => _byNumber.GetValueOrDefault(typeId)?.Fields ?? [];

    /// <summary>The number behind a stable name; false when there is no such name.</summary>
    public bool TryGetTypeId(string name, out int typeId)
    {
        var isKnown = _byName.TryGetValue(name, out var format);
        typeId = format?.Number ?? 0;
        return isKnown;
    }
}
