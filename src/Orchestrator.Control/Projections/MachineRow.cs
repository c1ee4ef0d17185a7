using Orchestrator.Control.Codecs;
using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;

namespace Orchestrator.Control.Projections;

/// <summary>A machine in the read model.</summary>
/// <param name="Sequence">The last event in it.</param>
/// <param name="IsBroken">The event behind that one could not be read; nothing behind it counts.</param>
/// <param name="PointCount">How many recovery points there are.</param>
/// <param name="PointsEver">How many were recorded; numbers them.</param>
/// <param name="State">Its state without recovery points.</param>
internal sealed record MachineRow(long Sequence, bool IsBroken, int PointCount, long PointsEver, ProtectedMachine.State State)
{
    public static MachineRow First { get; } = new(0, false, 0, 0, ProtectedMachine.Initial);

    public byte[] Write() => MessagePackSerializer.Serialize(this, static (ref writer, row) =>
    {
        writer.BeginContract(5);
        writer.Write(row.Sequence);
        writer.Write(row.IsBroken);
        writer.Write(row.PointCount);
        writer.Write(row.PointsEver);
        StateFormat.Write(ref writer, row.State);
        writer.EndContract();
    });

    public static MachineRow Read(byte[] row) => MessagePackSerializer.Deserialize(row, static (ref reader) =>
    {
        reader.BeginContract();
        var result = new MachineRow(reader.ReadInt64(), reader.ReadBoolean(), reader.ReadInt32(), reader.ReadInt64(), StateFormat.Read(ref reader));
        reader.EndContract();
        return result;
    });
}

/// <summary>A recovery point in the read model: [its number within the machine, the point].</summary>
internal static class PointRow
{
    public static byte[] Write(long number, RecoveryPoint point) => MessagePackSerializer.Serialize((number, point), static (ref writer, row) =>
    {
        writer.BeginContract(2);
        writer.Write(row.number);
        writer.WritePoint(row.point);
        writer.EndContract();
    });

    public static (long Number, RecoveryPoint Point) Read(byte[] row) => MessagePackSerializer.Deserialize(row, static (ref reader) =>
    {
        reader.BeginContract();
        var result = (reader.ReadInt64(), reader.ReadPoint());
        reader.EndContract();
        return result;
    });
}
