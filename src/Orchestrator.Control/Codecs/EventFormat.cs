using System.Text.Json;
using Orchestrator.MessagePack;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Codecs;

/// <summary>How one type of event is stored.</summary>
/// <param name="typeId">Its number.</param>
/// <param name="name">Its name without the version.</param>
/// <param name="version">The version, from 1; part of the name, so that name, number and version always go together.</param>
/// <param name="eventType">The event.</param>
internal abstract class EventFormat(int typeId, string name, short version, Type eventType)
{
    public int TypeId { get; } = typeId;

    public string Name { get; } = $"machine.{name}.v{version}";

    public short Version { get; } = version;

    public Type EventType { get; } = eventType;

    /// <summary>The record's parameters in camel case: they are what is stored, in this order.</summary>
    public IReadOnlyList<string> Fields { get; } =
        [.. eventType.GetConstructors().Single().GetParameters().Select(static field => JsonNamingPolicy.CamelCase.ConvertName(field.Name!))];

    public abstract byte[] Encode(Event e);

    public abstract Event Decode(ReadOnlySpan<byte> payload);
}

/// <summary>How one type of event is stored: an array of its fields in the order of the record's parameters.</summary>
/// <param name="typeId">Its number.</param>
/// <param name="name">Its name without the version.</param>
/// <param name="fieldCount">How many fields are written.</param>
/// <param name="write">Writes the fields.</param>
/// <param name="read">Reads the fields; whatever follows them was added later and is skipped.</param>
internal sealed class EventFormat<TEvent>(
    int typeId, string name, int fieldCount, MessagePackWrite<TEvent> write, MessagePackRead<TEvent> read)
    : EventFormat(typeId, name, version: 1, typeof(TEvent))
    where TEvent : Event
{
    public override byte[] Encode(Event e) => MessagePackSerializer.Serialize((TEvent)e, WriteContract);

    public override Event Decode(ReadOnlySpan<byte> payload) => MessagePackSerializer.Deserialize(payload, ReadContract);

    private void WriteContract(ref MessagePackWriter writer, TEvent e)
    {
        writer.BeginContract(fieldCount);
        write(ref writer, e);
        writer.EndContract();
    }

    private TEvent ReadContract(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var e = read(ref reader);
        reader.EndContract();
        return e;
    }
}
