using FsCheck;
using FsCheck.Fluent;

namespace Orchestrator.MessagePack.Tests;

/// <summary>Random values, dense where the encoding changes its form.</summary>
internal static class Generate
{
    private static readonly Gen<Int128> Integers =
        from power in Gen.Choose(0, 64)
        from near in Gen.Choose(-3, 3)
        from negative in Gen.Elements(true, false)
        let wide = Int128.Clamp((Int128.One << power) + near, 0, ulong.MaxValue)
        select negative ? Int128.Max(-wide, long.MinValue) : wide;

    private static readonly Gen<int> Lengths = Gen.Frequency(
        (60, Gen.Choose(0, 40)), (6, Gen.Choose(253, 258)), (1, Gen.Choose(65534, 65537)));

    private static readonly Gen<string> Texts =
        from length in Lengths
        from piece in Gen.Elements("a", "ß", "€", "😀", "\0", "\ufeff", "\u001b")
        from last in Gen.Elements("", "z", "\uffff")
        select string.Concat(Enumerable.Repeat(piece, Math.Max(0, length - 1))) + last;

    private static readonly Gen<byte[]> Binaries =
        from length in Lengths
        from seed in Gen.Choose(0, 255)
        select Enumerable.Range(seed, length).Select(i => (byte)i).ToArray();

    private static readonly Gen<ulong> Doubles =
        from bits in ArbMap.Default.GeneratorFor<ulong>()
        from special in Gen.Elements<ulong>(
            bits, 0UL, 1UL << 63, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0x7ff4000000000001, 0x3ff0000000000000)
        select special;

    private static readonly Gen<Value> Times =
        from seconds in Gen.Elements<long>(0, 1, uint.MaxValue, 1L << 32, (1L << 34) - 1, 1L << 34, -1, long.MinValue, long.MaxValue)
        from nanoseconds in Gen.Elements<uint>(0, 1, 100, 500_000_000, 999_999_999)
        select (Value)new Value.Time(seconds, nanoseconds);

    private static readonly Gen<Value> Scalars = Gen.Frequency(
        (1, Gen.Constant<Value>(new Value.Nil())),
        (1, Gen.Elements(true, false).Select(v => (Value)new Value.Bool(v))),
        (4, Integers.Select(v => (Value)new Value.Int(v))),
        (2, Doubles.Select(v => (Value)new Value.Double(v))),
        (3, Texts.Select(v => (Value)new Value.Text(v))),
        (2, Binaries.Select(v => (Value)new Value.Bin(v))),
        (2, Binaries.SelectMany(b => Gen.Choose(0, 127), (b, t) => (Value)new Value.Ext((sbyte)t, b))),
        (1, Times));

    /// <summary>Every kind but 32-bit numbers, which Python does not write back as such.</summary>
    public static Gen<Value> PortableValue { get; } = Gen.Sized(size => Nested(Math.Min(size, 40), Scalars));

    public static Gen<Value> Value { get; } = Gen.Sized(size => Nested(
        Math.Min(size, 40),
        Gen.Frequency(
            (8, Scalars),
            (1, ArbMap.Default.GeneratorFor<uint>().Select(v => (Value)new Value.Single(v | 0x00400000))))));

    private static Gen<Value> Nested(int size, Gen<Value> scalars)
    {
        if (size <= 1) return scalars;
        var inner = Nested(size / 4, scalars);
        var items = Gen.Choose(0, 18).SelectMany(n => inner.ArrayOf(n));
        return Gen.Frequency(
            (2, scalars),
            (2, items.Select(v => (Value)new Value.Arr(v))),
            (2, items.Select(v => (Value)new Value.Map([.. v.Select((item, i) => KeyValuePair.Create(Key(item, i), item))]))));
    }

    private static Value Key(Value item, int index) => (index % 3) switch
    {
        0 => new Value.Int(index),
        1 => new Value.Text($"key {index}"),
        _ => new Value.Arr([new Value.Int(index), item is Value.Bool ? item : new Value.Nil()]),
    };
}
