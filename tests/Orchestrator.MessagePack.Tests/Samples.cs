namespace Orchestrator.MessagePack.Tests;

internal enum Role
{
    Source = 1,
    Target = 2,
}

/// <summary>The first version of a stored type.</summary>
internal sealed record DiskV1(Guid Id, string Name, string Serial) : IMessagePackContract<DiskV1>
{
    public void Write(ref MessagePackWriter writer)
    {
        writer.BeginContract(3);
        writer.Write(Id);
        writer.Write(Name);
        writer.Write(Serial);
        writer.EndContract();
    }

    public static DiskV1 Read(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var value = new DiskV1(reader.ReadGuid(), reader.ReadString(), reader.TryReadNil() ? "" : reader.ReadString());
        reader.EndContract();
        return value;
    }
}

/// <summary>The same type later: one key reserved, three added.</summary>
internal sealed record DiskV2(Guid Id, string Name, long Bytes, string? Note, Role Role) : IMessagePackContract<DiskV2>
{
    public void Write(ref MessagePackWriter writer)
    {
        writer.BeginContract(6);
        writer.Write(Id);
        writer.Write(Name);
        writer.WriteNil(); // 2: reserved, was "serial"
        writer.Write(Bytes);
        writer.WriteNullable(Note);
        writer.WriteEnum(Role);
        writer.EndContract();
    }

    public static DiskV2 Read(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var id = reader.ReadGuid();
        var name = reader.ReadString();
        reader.SkipField();
        var bytes = reader.HasField ? reader.ReadInt64() : -1;
        var note = reader.HasField ? reader.ReadNullableString() : null;
        var role = reader.HasField ? reader.ReadEnum<Role>() : Role.Source;
        reader.EndContract();
        return new DiskV2(id, name, bytes, note, role);
    }
}

/// <summary>One type with all that contracts can do.</summary>
internal sealed record Machine(
    Guid Id,
    List<DiskV2> Disks,
    Dictionary<string, string> Tags,
    Dictionary<long, DateTimeOffset> Points,
    DiskV2? Boot,
    Shape Shape,
    TimeSpan? Lag,
    byte[]? Key) : IMessagePackContract<Machine>
{
    public static Machine Example { get; } = new(
        Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
        [new DiskV2(Guid.Empty, "sda", 1L << 40, null, Role.Source), new DiskV2(Guid.Empty, "sdb", 7, "ß", Role.Target)],
        new() { ["b"] = "2", ["a"] = "1" },
        new() { [7] = DateTimeOffset.UnixEpoch.AddTicks(1), [-1] = DateTimeOffset.UnixEpoch },
        new DiskV2(Guid.Empty, "boot", 0, "n", Role.Source),
        new Shape.Box(3, 4),
        TimeSpan.FromSeconds(1),
        [1, 2, 3]);

    public void Write(ref MessagePackWriter writer)
    {
        writer.BeginContract(8);
        writer.Write(Id);
        writer.WriteList(Disks);
        writer.WriteMap(Tags, static (ref w, v) => w.Write(v));
        writer.WriteMap(Points, static (ref w, v) => w.Write(v));
        writer.WriteNullableContract(Boot);
        Shape.Write(ref writer, Shape);
        writer.WriteNullable(Lag);
        writer.WriteNullableBinary(Key);
        writer.EndContract();
    }

    public static Machine Read(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var value = new Machine(
            reader.ReadGuid(),
            reader.ReadList<DiskV2>(),
            reader.ReadMap(static (ref r) => r.ReadString()),
            reader.ReadInt64Map(static (ref r) => r.ReadDateTimeOffset()),
            reader.ReadNullableContract<DiskV2>(),
            Shape.Read(ref reader),
            reader.ReadNullableTimeSpan(),
            reader.ReadNullableBinary());
        reader.EndContract();
        return value;
    }
}

/// <summary>A closed family that keeps the members it does not know.</summary>
internal abstract record Shape
{
    public sealed record Circle(double Radius) : Shape;

    public sealed record Box(int Width, int Height) : Shape;

    public sealed record Unknown(int Tag, byte[] Body) : Shape;

    public static void Write(ref MessagePackWriter writer, Shape shape)
    {
        switch (shape)
        {
            case Circle circle:
                writer.BeginUnion(1);
                writer.BeginContract(1);
                writer.Write(circle.Radius);
                writer.EndContract();
                break;
            case Box box:
                writer.BeginUnion(2);
                writer.BeginContract(2);
                writer.Write(box.Width);
                writer.Write(box.Height);
                writer.EndContract();
                break;
            case Unknown unknown:
                writer.BeginUnion(unknown.Tag);
                writer.WriteRaw(unknown.Body);
                break;
        }

        writer.EndContract();
    }

    public static Shape Read(ref MessagePackReader reader)
    {
        var tag = reader.BeginUnion();
        Shape shape = tag switch
        {
            1 => ReadCircle(ref reader),
            2 => ReadBox(ref reader),
            _ => new Unknown(tag, reader.ReadRaw().ToArray()),
        };
        reader.EndContract();
        return shape;
    }

    private static Circle ReadCircle(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var circle = new Circle(reader.ReadDouble());
        reader.EndContract();
        return circle;
    }

    private static Box ReadBox(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var box = new Box(reader.ReadInt32(), reader.ReadInt32());
        reader.EndContract();
        return box;
    }
}
