namespace Orchestrator.Hocon.Tests.Conversion;

public class Durations
{
    [Theory]
    [InlineData("1s")]
    [InlineData("1 s")]
    [InlineData("   1    seconds ")]
    [InlineData("1second")]
    [InlineData("1000")]
    [InlineData("1000ms")]
    [InlineData("1000 millis")]
    [InlineData("1e3 milliseconds")]
    [InlineData("1000000us")]
    [InlineData("1000000 micros")]
    [InlineData("1000000000ns")]
    [InlineData("1000000000 nanoseconds")]
    [InlineData("0.01666666666666666666666m")]
    [InlineData("0.00027777777777777777777 hours")]
    [InlineData("1.1574074074074073e-05d")]
    [InlineData("+1s")]
    [InlineData("1.s")]
    public void Read_one_second_in_every_unit(string text) => HoconDuration.Parse(text).Should().Be(TimeSpan.FromSeconds(1));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-5s", -50_000_000)]
    [InlineData(".5 ms", 5_000)]
    [InlineData("1d", 864_000_000_000)]
    [InlineData("100ns", 1)]
    [InlineData("1.1574e-05d", 9_999_936)]
    [InlineData("922337203685477.5807ms", long.MaxValue)]
    public void Are_exact_to_a_tick(string text, long ticks) => HoconDuration.Parse(text).Ticks.Should().Be(ticks);

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("100 dollars")]
    [InlineData("1 00 seconds")]
    [InlineData("1 S")]
    [InlineData("1 MS")]
    [InlineData("1mo")]
    [InlineData("1y")]
    [InlineData("1s2ms")]
    [InlineData("1,5s")]
    [InlineData("0x10")]
    [InlineData("infinite")]
    [InlineData("NaN")]
    [InlineData("1 ns")]
    [InlineData("1e-40s")]
    [InlineData("1e40s")]
    [InlineData("1e999999s")]
    [InlineData("30000000 d")]
    [InlineData("922337203685477.5808ms")]
    [InlineData("99999999999999999999999999999999d")]
    public void Refuse_other_texts_and_overflow(string text) =>
        FluentActions.Invoking(() => HoconDuration.Parse(text)).Should().Throw<HoconException>()
            .Which.Code.Should().Be(HoconErrorCodes.BadDuration);
}
