namespace Orchestrator.MessagePack.Tests;

/// <summary>Mistakes of a formatter show at once, and not when the journal is read years later.</summary>
public sealed class MisuseTests
{
    [Fact]
    public void A_contract_with_a_field_too_few_is_not_written() =>
        Wire.Misuse((ref w) => { w.BeginContract(2); w.Write(1); w.EndContract(); }, "*lacks 1 fields*");

    [Fact]
    public void A_contract_with_a_field_too_many_is_not_written()
    {
        foreach (var write in new WriteAction[]
        {
            (ref w) => w.Write(1),
            (ref w) => w.Write("x"),
            (ref w) => w.WriteBinary([1]),
            (ref w) => w.WriteExtension(1, [1]),
            (ref w) => w.WriteRaw([0xc0]),
            (ref w) => w.WriteArrayHeader(0),
            (ref w) => w.WriteMapHeader(0),
        })
        {
            Wire.Misuse((ref w) => { w.BeginContract(0); write(ref w); }, "*raise the count*");
        }
    }

    [Fact]
    public void A_contract_left_open_is_not_a_message() =>
        Wire.Misuse((ref w) => { w.BeginContract(1); w.Write(1); }, "*not ended*");

    [Fact]
    public void An_array_or_map_that_lacks_values_is_not_a_message()
    {
        Wire.Misuse((ref w) => { w.WriteArrayHeader(2); w.Write(1); }, "*lacks 1 values*");
        Wire.Misuse((ref w) => { w.WriteMapHeader(1); w.Write(1); }, "*lacks 1 values*");
        Wire.Misuse((ref w) => { w.BeginContract(1); w.WriteArrayHeader(1); w.EndContract(); }, "*No contract to end here*");
    }

    [Fact]
    public void Nothing_is_not_a_message() => Wire.Misuse((ref w) => { }, "*Nothing was written*");

    [Fact]
    public void Fields_are_asked_for_inside_a_contract_only()
    {
        Misread("91c0", (ref r) => { r.ReadArrayHeader(); _ = r.HasField; });
        Misread("c0", (ref r) => _ = r.HasField);
        Misread("c0", (ref r) => r.EndContract());
        Misread("9191c0", (ref r) => { r.BeginContract(); r.ReadArrayHeader(); r.EndContract(); });
        Misread("91c0", (ref r) => { r.BeginContract(); r.ReadNil(); r.EnsureEnd(); });
    }

    [Fact]
    public void An_element_reader_that_reads_nothing_is_caught()
    {
        Misread("9101", (ref r) => r.ReadList((ref _) => 1));
        Misread("810101", (ref r) => r.ReadMap((ref x) => x.ReadInt32(), (ref _) => 1, EqualityComparer<int>.Default));
    }

    [Fact]
    public void An_enum_over_another_type_is_not_supported()
    {
        var act = () => Wire.Encode((ref w) => w.WriteEnum(Small.One));
        act.Should().Throw<NotSupportedException>().WithMessage("*Small*");
    }

    private static void Misread(string hex, ReadAction read)
    {
        var act = () =>
        {
            var reader = new MessagePackReader(Wire.Bytes(hex));
            read(ref reader);
        };
        act.Should().Throw<InvalidOperationException>();
    }

    private enum Small : byte
    {
        One = 1,
    }
}
