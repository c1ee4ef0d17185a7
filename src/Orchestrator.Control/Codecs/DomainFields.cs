using System.Runtime.InteropServices;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;

namespace Orchestrator.Control.Codecs;

/// <summary>How the values that events share are stored. They follow the rules of <see cref="IMessagePackContract{TSelf}"/>
/// just like the events: a field is only ever added behind the others.</summary>
internal static class DomainFields
{
    public static void WriteOperation(this ref MessagePackWriter writer, OperationId operation) => writer.Write(operation.Value);

    public static OperationId ReadOperation(this ref MessagePackReader reader) => new(reader.ReadGuid());

    public static void WritePointId(this ref MessagePackWriter writer, RecoveryPointId point) => writer.Write(point.Value);

    public static RecoveryPointId ReadPointId(this ref MessagePackReader reader) => new(reader.ReadGuid());

    public static void WriteNullablePointId(this ref MessagePackWriter writer, RecoveryPointId? point) =>
        writer.WriteNullable(point?.Value);

    public static RecoveryPointId? ReadNullablePointId(this ref MessagePackReader reader) =>
        reader.ReadNullableGuid() is { } point ? new RecoveryPointId(point) : null;

    public static void WritePointIds(this ref MessagePackWriter writer, PointIdList points) =>
        writer.WriteList(points, static (ref w, point) => w.WritePointId(point));

    public static PointIdList ReadPointIds(this ref MessagePackReader reader) =>
        PointIdList.Create(CollectionsMarshal.AsSpan(reader.ReadList(static (ref r) => r.ReadPointId())));

    public static void WriteSteps(this ref MessagePackWriter writer, StepList steps) =>
        writer.WriteList(steps, static (ref w, step) => w.WriteEnum(step));

    public static StepList ReadSteps(this ref MessagePackReader reader) =>
        StepList.Create(CollectionsMarshal.AsSpan(reader.ReadList(static (ref r) => r.ReadEnum<Step>())));

    public static void WritePoint(this ref MessagePackWriter writer, RecoveryPoint point)
    {
        writer.BeginContract(7);
        writer.WritePointId(point.Id);
        writer.Write(point.Epoch);
        writer.Write(point.Sequence);
        writer.WriteEnum(point.Kind);
        writer.Write(point.TakenAt);
        writer.Write(point.AvailableAt);
        writer.Write(point.Rpo);
        writer.EndContract();
    }

    public static RecoveryPoint ReadPoint(this ref MessagePackReader reader)
    {
        reader.BeginContract();
        var point = new RecoveryPoint(
            reader.ReadPointId(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadEnum<RecoveryPointKind>(),
            reader.ReadDateTimeOffset(), reader.ReadDateTimeOffset(), reader.ReadTimeSpan());
        reader.EndContract();
        return point;
    }

    public static void WriteProtection(this ref MessagePackWriter writer, Protection protection)
    {
        writer.BeginContract(8);
        writer.Write(protection.Machine.Value);
        writer.WriteEnum(protection.Scenario);
        writer.Write(protection.Primary.Value);
        writer.Write(protection.Recovery.Value);
        writer.WriteDisks(protection.Disks);
        writer.Write(protection.PointInterval);
        writer.WriteEnum(protection.Direction);
        writer.Write(protection.Activation);
        writer.EndContract();
    }

    public static Protection ReadProtection(this ref MessagePackReader reader)
    {
        reader.BeginContract();
        var protection = new Protection(
            reader.ReadMachine(), reader.ReadEnum<ScenarioId>(), reader.ReadSite(), reader.ReadSite(), reader.ReadDisks(), reader.ReadTimeSpan(),
            reader.ReadEnum<Direction>(), reader.ReadInt64());
        reader.EndContract();
        return protection;
    }

    public static void WriteDisks(this ref MessagePackWriter writer, DiskList disks) => writer.WriteList(disks, WriteDisk);

    public static DiskList ReadDisks(this ref MessagePackReader reader) =>
        DiskList.Create(CollectionsMarshal.AsSpan(reader.ReadList(ReadDisk)));

    private static void WriteDisk(ref MessagePackWriter writer, DiskSpec disk)
    {
        writer.BeginContract(3);
        writer.Write(disk.Index);
        writer.Write(disk.SourcePath);
        writer.Write(disk.Length);
        writer.EndContract();
    }

    private static DiskSpec ReadDisk(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var disk = new DiskSpec(reader.ReadInt32(), reader.ReadString(), reader.ReadInt64());
        reader.EndContract();
        return disk;
    }

    public static MachineId ReadMachine(this ref MessagePackReader reader)
    {
        var name = reader.ReadString();
        return MachineId.TryCreate(name, out var machine) ? machine : throw reader.Invalid($"'{name}' is no machine name");
    }

    public static SiteName ReadSite(this ref MessagePackReader reader)
    {
        var name = reader.ReadString();
        return SiteName.TryCreate(name, out var site) ? site : throw reader.Invalid($"'{name}' is no site name");
    }
}
