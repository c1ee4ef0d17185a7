using System.ComponentModel;
using FsCheck;
using FsCheck.Fluent;

namespace Orchestrator.Hocon.Tests.Conversion;

public class Sizes
{
    [Theory]
    [InlineData("1048576")]
    [InlineData("1048576 b")]
    [InlineData("1048576B")]
    [InlineData("1048576 bytes")]
    [InlineData("1024k")]
    [InlineData("1024K")]
    [InlineData("1024Ki")]
    [InlineData("1024 KiB")]
    [InlineData("1024 kibibytes")]
    [InlineData("1m")]
    [InlineData("1 M")]
    [InlineData("1 mebibyte")]
    [InlineData("0.0009765625g")]
    [InlineData("0.0009765625 gibibytes")]
    public void Read_one_mebibyte_in_every_unit(string text) => HoconSize.Parse(text).Bytes.Should().Be(1 << 20);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1kB", 1_000)]
    [InlineData("1 MB", 1_000_000)]
    [InlineData(".001GB", 1_000_000)]
    [InlineData("2 terabytes", 2_000_000_000_000)]
    [InlineData("5E", 5L << 60)]
    [InlineData("5EB", 5_000_000_000_000_000_000)]
    [InlineData("1e3 B", 1000)]
    [InlineData("0.000001 ZB", 1_000_000_000_000_000)]
    [InlineData("0.1 KiB", 102)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775807 bytes", long.MaxValue)]
    public void Tell_powers_of_ten_from_powers_of_two(string text, long bytes) => HoconSize.Parse(text).Bytes.Should().Be(bytes);

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1 kb")]
    [InlineData("1 KB")]
    [InlineData("1 mb")]
    [InlineData("1 Mib")]
    [InlineData("1 00 MB")]
    [InlineData("100 dollars")]
    [InlineData("9223372036854775808")]
    [InlineData("8E")]
    [InlineData("1 YiB")]
    [InlineData("0.1 B")]
    public void Refuse_other_texts_and_overflow(string text) =>
        FluentActions.Invoking(() => HoconSize.Parse(text)).Should().Throw<HoconException>()
            .Which.Code.Should().Be(HoconErrorCodes.BadSize);

    [Fact]
    public void Parse_back_from_what_they_show() => Prop
        .ForAll(ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<byte>(), (n, shift) =>
        {
            var size = new ByteSize((n & long.MaxValue) >> (shift % 63) << (shift % 5 * 10) & long.MaxValue);
            return ByteSize.Parse(size.ToString()) == size;
        })
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Convert_for_the_binder_of_NET() =>
        TypeDescriptor.GetConverter(typeof(ByteSize)).ConvertFromInvariantString("64 MiB").Should().Be(ByteSize.FromMebibytes(64));

    [Fact]
    public void Show_the_largest_exact_unit()
    {
        new ByteSize(0).ToString().Should().Be("0 B");
        new ByteSize(1500).ToString().Should().Be("1500 B");
        ByteSize.FromKibibytes(1536).ToString().Should().Be("1536 KiB");
        ByteSize.FromGibibytes(2).ToString().Should().Be("2 GiB");
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("yes", true)]
    [InlineData("on", true)]
    [InlineData("false", false)]
    [InlineData("no", false)]
    [InlineData("off", false)]
    public void Booleans_have_six_words(string text, bool value) => HoconBoolean.Parse(text).Should().Be(value);

    [Theory]
    [InlineData("True")]
    [InlineData("1")]
    [InlineData("")]
    public void Booleans_have_no_other_words(string text) =>
        FluentActions.Invoking(() => HoconBoolean.Parse(text)).Should().Throw<HoconException>()
            .Which.Code.Should().Be(HoconErrorCodes.BadBoolean);
}
