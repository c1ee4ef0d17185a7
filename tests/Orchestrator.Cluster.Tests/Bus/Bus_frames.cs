using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Cluster.Bus;
using Orchestrator.MessagePack;

namespace Orchestrator.Cluster.Tests.Bus;

public sealed class Bus_frames
{
    private static readonly Guid Node = new("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly BusMessage Message = new(7, 42, 3, "web-1", new byte[] { 1, 2, 3 }, "00-4bf92f-01", 1);

    /// <summary>What version 1 writes. These bytes must stay readable as long as <see cref="BusProtocol.Oldest"/> is 1.</summary>
    public static TheoryData<string, BusFrame> Golden => new()
    {
        { "920199" + "05" + "cd03e8" + "07" + "2a" + "03" + "a57765622d31" + "ac30302d3462663932662d3031" + "01" + "c403010203", new BusFrame.Request(5, TimeSpan.FromSeconds(1), Message) },
        { "920299" + "06" + "01" + "07" + "2a" + "03" + "a57765622d31" + "c0" + "00" + "c400", new BusFrame.Tell(6, TimeSpan.FromTicks(1), Message with { Body = default, TraceParent = null, HopCount = 0 }) },
        { "920392" + "05" + "920091" + "c4020908", new BusFrame.Reply(5, new BusOutcome.Ok(new byte[] { 9, 8 })) },
        { "920392" + "05" + "920192" + "c41000112233445566778899aabbccddeeff" + "2b", new BusFrame.Reply(5, new BusOutcome.NotOwner(Node, 43)) },
        { "920392" + "05" + "920192" + "c0" + "00", new BusFrame.Reply(5, new BusOutcome.NotOwner(null, 0)) },
        { "920392" + "05" + "920292" + "c41000112233445566778899aabbccddeeff" + "ccfa", new BusFrame.Reply(5, new BusOutcome.Moved(Node, TimeSpan.FromMilliseconds(250))) },
        { "920392" + "05" + "920390", new BusFrame.Reply(5, BusOutcome.Busy.Instance) },
        { "920392" + "05" + "920493" + "cd07d0" + "a74f524334353033" + "a24e6f", new BusFrame.Reply(5, new BusOutcome.Unavailable(TimeSpan.FromSeconds(2), "ORC4503", "No")) },
        { "920392" + "05" + "920592" + "a74f524334353036" + "a24e6f", new BusFrame.Reply(5, new BusOutcome.Failed("ORC4506", "No")) },
        { "920392" + "05" + "920692" + "a74f524334353037" + "a24e6f", new BusFrame.Reply(5, new BusOutcome.Unknown("ORC4507", "No")) },
        { "920491" + "93" + "01" + "cc80" + "cd0100", new BusFrame.Credit([1, 128, 256]) },
        { "920591" + "11", new BusFrame.Ping(17) },
        { "920691" + "11", new BusFrame.Pong(17) },
        { "920792" + "a74f524334353632" + "a3427965", new BusFrame.Goodbye("ORC4562", "Bye") },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Are_written_as_they_have_always_been(string hex, BusFrame frame)
    {
        Convert.ToHexStringLower(Encode(frame)).Should().Be(hex);
        Convert.ToHexStringLower(Encode(BusFrameCodec.Read(Convert.FromHexString(hex)))).Should().Be(hex);
    }

    [Fact]
    public void Of_a_later_version_with_more_fields_are_read()
    {
        BusFrameCodec.Read(Convert.FromHexString("920592" + "11" + "a3616263")).Should().Be(new BusFrame.Ping(17));
        var failed = new BusFrame.Reply(5, new BusOutcome.Failed("ORC4506", "No"));
        BusFrameCodec.Read(Convert.FromHexString("920393" + "05" + "920593" + "a74f524334353036" + "a24e6f" + "c0" + "07")).Should().Be(failed);
    }

    [Theory]
    [InlineData("920891" + "11")]
    [InlineData("920392" + "05" + "920790")]
    [InlineData("920591" + "11" + "00")]
    [InlineData("920590")]
    [InlineData("920491" + "dc7fff")]
    [InlineData("920199" + "05" + "01" + "07" + "2a" + "03" + "a0" + "c0" + "00" + "c400")]
    [InlineData("920199" + "05" + "ff" + "07" + "2a" + "03" + "a161" + "c0" + "00" + "c400")]
    public void That_make_no_sense_are_refused(string hex)
    {
        var act = () => BusFrameCodec.Read(Convert.FromHexString(hex));
        act.Should().Throw<MessagePackException>();
    }

    [Fact]
    public void Come_out_of_a_stream_as_they_went_in_however_it_is_cut()
    {
        var frames = Golden.Select(row => row.Data.Item2).ToArray();
        using var buffer = new MessagePackBuffer();
        foreach (var frame in frames) FrameAssembler.Append(buffer, frame);
        var bytes = buffer.ToArray();
        Prop.ForAll(Gen.Choose(1, 40).NonEmptyListOf().ToArbitrary(), cuts =>
        {
            var read = new List<BusFrame>();
            using var assembler = new FrameAssembler(4096);
            for (int at = 0, cut = 0; at < bytes.Length; cut++)
            {
                var count = Math.Min(cuts[cut % cuts.Count], bytes.Length - at);
                assembler.Feed(bytes.AsSpan(at, count), read.Add);
                at += count;
            }

            return !assembler.IsInsideFrame && read.Select(Encode).Select(Convert.ToHexString).SequenceEqual(frames.Select(Encode).Select(Convert.ToHexString));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void That_are_random_or_damaged_are_refused_with_a_code_and_nothing_else()
    {
        var good = Golden.Select(row => Encode(row.Data.Item2)).ToArray();
        var damaged = from frame in Gen.Elements(good)
                      from at in Gen.Choose(0, frame.Length - 1)
                      from value in Gen.Choose(0, 255)
                      from keep in Gen.Choose(at + 1, frame.Length)
                      select Changed(frame, at, (byte)value)[..keep];
        var random = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();
        Prop.ForAll(Gen.OneOf(damaged, random).ToArbitrary(), data =>
        {
            try
            {
                BusFrameCodec.Read(data);
            }
            catch (MessagePackException error)
            {
                return error.Code.StartsWith("ORC41", StringComparison.Ordinal);
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void Take_no_more_memory_than_has_arrived_of_them()
    {
        using var assembler = new FrameAssembler(1 << 30);
        assembler.Feed([0x3f, 0, 0, 0, 0x92], _ => { }); // Warms up.
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 100; count++) assembler.Feed([1, 2, 3], _ => { });
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(100_000);
        assembler.IsInsideFrame.Should().BeTrue();
    }

    [Fact]
    public void With_text_that_no_encoding_can_express_are_sent_with_replacements()
    {
        var read = BusFrameCodec.Read(Encode(new BusFrame.Goodbye("ORC4562", "half \ud800!" + new string('x', 3000))));
        read.Should().BeOfType<BusFrame.Goodbye>().Which.Reason.Should().StartWith("half \ufffd!").And.Subject.Length.Should().BeLessThan(2100);
    }

    private static byte[] Encode(BusFrame frame)
    {
        using var buffer = new MessagePackBuffer();
        BusFrameCodec.Write(buffer, frame);
        return buffer.ToArray();
    }

    private static byte[] Changed(byte[] data, int at, byte value)
    {
        var copy = data.ToArray();
        copy[at] = value;
        return copy;
    }
}
