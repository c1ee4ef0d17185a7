using System.Text.Json;
using Orchestrator.MessagePack;

namespace Orchestrator.Control.Codecs;

/// <summary>How one type of a closed family of records is stored or sent.</summary>
/// <typeparam name="TFamily">The family.</typeparam>
/// <param name="number">The type's number.</param>
/// <param name="name">Its name without the version.</param>
/// <param name="version">The version, from 1; part of the name, so that name, number and version always go together.</param>
/// <param name="type">The type.</param>
internal abstract class RecordFormat<TFamily>(int number, string name, short version, Type type)
{
    public int Number { get; } = number;

    public string Name { get; } = $"{name}.v{version}";

    public short Version { get; } = version;

    public Type Type { get; } = type;

    /// <summary>The record's parameters in camel case: they are what is written, in this order.</summary>
    public IReadOnlyList<string> Fields { get; } =
        [.. type.GetConstructors().Single().GetParameters().Select(static field => JsonNamingPolicy.CamelCase.ConvertName(field.Name!))];

    public abstract void Write(ref MessagePackWriter writer, TFamily value);

    public abstract TFamily Read(ref MessagePackReader reader);
}

/// <summary>How one type of record is stored or sent: an array of its fields in the order of the record's parameters.</summary>
/// <typeparam name="TFamily">The family.</typeparam>
/// <typeparam name="T">The type.</typeparam>
/// <param name="number">Its number.</param>
/// <param name="name">Its name without the version.</param>
/// <param name="fieldCount">How many fields are written.</param>
/// <param name="write">Writes the fields.</param>
/// <param name="read">Reads the fields; whatever follows them was added later and is skipped.</param>
/// <param name="version">The version, from 1.</param>
internal sealed class RecordFormat<TFamily, T>(
    int number, string name, int fieldCount, MessagePackWrite<T> write, MessagePackRead<T> read, short version = 1)
    : RecordFormat<TFamily>(number, name, version, typeof(T))
    where T : TFamily
{
    public override void Write(ref MessagePackWriter writer, TFamily value)
    {
        writer.BeginContract(fieldCount);
        write(ref writer, (T)value!);
        writer.EndContract();
    }

    public override TFamily Read(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var value = read(ref reader);
        reader.EndContract();
        return value;
    }
}
