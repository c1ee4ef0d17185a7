using FsCheck;
using FsCheck.Fluent;

namespace Orchestrator.MessagePack.Tests;

public sealed class RandomDataTests
{
    [Fact]
    public void Any_value_survives_and_its_bytes_are_stable() => Holds(400, Generate.Value, value =>
    {
        var data = value.Encode();
        var read = Value.Decode(data);
        return read.Notation == value.Notation && read.Encode().AsSpan().SequenceEqual(data);
    });

    [Fact]
    public void Skip_and_raw_read_end_where_the_value_ends() => Holds(300, Generate.Value, value =>
    {
        byte[] data = [.. value.Encode(), 0xc1];
        var reader = new MessagePackReader(data);
        var raw = reader.ReadRaw();
        return raw.Length == data.Length - 1 && reader.Offset == data.Length - 1;
    });

    [Fact]
    public void Any_value_cut_short_is_refused()
    {
        var cuts = from value in Generate.Value
                   from at in Gen.Choose(0, 9999)
                   select (value, at);
        Holds(400, cuts, cut =>
        {
            var data = cut.value.Encode();
            return Outcome(data[..(int)((long)data.Length * cut.at / 10_000)], Read) is MessagePackErrorCodes.Truncated
                or MessagePackErrorCodes.LengthExceedsData;
        });
    }

    [Fact]
    public void Mutated_contracts_are_read_or_refused_within_bounds() =>
        Bounded(3000, Mutated(Gen.Constant(MessagePackSerializer.Serialize(Machine.Example))));

    [Fact]
    public void Mutated_values_are_read_or_refused_within_bounds() =>
        Bounded(500, Mutated(Generate.Value.Select(value => value.Encode())));

    [Fact]
    public void Noise_is_read_or_refused_within_bounds() =>
        Bounded(3000, Gen.Choose(0, 60).SelectMany(n => Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(n)));

    /// <summary>What is accepted after a mutation has the same meaning when written again.</summary>
    [Fact]
    public void What_is_accepted_reads_the_same_after_writing_it_again() =>
        Holds(2000, Mutated(Generate.Value.Resize(10).Select(value => value.Encode())), data =>
        {
            if (Outcome(data, Read) is not null) return true;
            var first = Value.Decode(data);
            return Value.Decode(first.Encode()).Notation == first.Notation;
        });

    private static Gen<byte[]> Mutated(Gen<byte[]> source)
    {
        var edit = from kind in Gen.Choose(0, 4)
                   from at in Gen.Choose(0, 9999)
                   from patch in Gen.Choose(0, 255)
                   from format in Gen.Elements<byte>(0xc1, 0xdd, 0xdf, 0xdb, 0xc6, 0xc9, 0x9f, 0x8f, 0xbf, 0xcf, 0xd3, 0xff)
                   select (kind, at, patch: (byte)patch, format);
        return from data in source
               from count in Gen.Choose(1, 4)
               from edits in edit.ArrayOf(count)
               select edits.Aggregate(data, (bytes, e) => Mutate(bytes, e.kind, (int)((long)bytes.Length * e.at / 10_000), e.patch, e.format));
    }

    private static byte[] Mutate(byte[] data, int kind, int at, byte patch, byte format) => kind switch
    {
        0 when data.Length > 0 => [.. data[..at], patch, .. data[(at + 1)..]],
        1 when data.Length > 0 => [.. data[..at], format, .. data[(at + 1)..]],
        2 => [.. data[..at], format, 0xff, 0xff, 0xff, 0xff, .. data[at..]],
        3 => data[..at],
        _ => [.. data[..at], .. data[(at / 2)..]],
    };

    private static void Bounded(int count, Gen<byte[]> inputs)
    {
        var reads = new ReadAction[]
        {
            Read,
            (ref r) => r.Skip(),
            (ref r) => Machine.Read(ref r),
            (ref r) => r.ReadMap(Value.Read),
            (ref r) => r.ReadList(static (ref r) => r.ReadNullableGuid()),
        };
        Outcome([0xc1], Read); // the first exception of a process costs more than the rest
        Holds(count, inputs, data =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var read in reads) Outcome(data, read);
            _ = MessagePackText.Render(data);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            return allocated < (512 * 1024) + (400L * data.Length);
        });
    }

    private static void Read(ref MessagePackReader reader) => Value.Read(ref reader);

    /// <summary>The code of the refusal, or null; any other exception fails the test.</summary>
    private static string? Outcome(byte[] data, ReadAction read)
    {
        try
        {
            var reader = new MessagePackReader(data);
            read(ref reader);
            reader.EnsureEnd();
            return null;
        }
        catch (MessagePackException error)
        {
            return error.Code;
        }
    }

    private static void Holds<T>(int count, Gen<T> inputs, Func<T, bool> property) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(count), Prop.ForAll(inputs.ToArbitrary(), property));
}
