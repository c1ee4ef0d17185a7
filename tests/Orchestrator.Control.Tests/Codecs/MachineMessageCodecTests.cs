using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control.Tests.Codecs;

/// <summary>What one node sends another receives; what nobody sent is refused with the one exception.</summary>
public sealed class MachineMessageCodecTests
{
    private static readonly MachineMessageCodec Codec = new();

    [Fact]
    public void Every_command_and_every_reply_has_a_sample()
    {
        MessageSamples.CommandTypes.Except(MessageSamples.Commands.Select(command => command.GetType())).Should().BeEmpty();
        typeof(MachineReply).GetNestedTypes().Except(MessageSamples.Replies.Select(reply => reply.GetType())).Should().BeEmpty();
    }

    [Fact]
    public void Numbers_and_names_are_those_of_the_table() => GoldenFiles.Compare("messages/types.txt", MachineMessageCodec.Names);

    [Fact]
    public void Every_command_is_sent_as_it_was_first_sent()
    {
        foreach (var type in MessageSamples.CommandTypes)
        {
            var samples = MessageSamples.Commands.Where(command => command.GetType() == type).ToArray();
            var file = $"messages/command.{type.Name}.v1.hex";
            GoldenFiles.Compare(file, samples.Select(command => Convert.ToHexStringLower(Codec.Encode(command))));
            GoldenFiles.Read(file).Select(line => Codec.Decode(Convert.FromHexString(line))).Should().Equal(samples);
        }
    }

    [Fact]
    public void Every_reply_is_sent_as_it_was_first_sent()
    {
        foreach (var replies in MessageSamples.Replies.GroupBy(reply => reply.GetType()))
        {
            var file = $"messages/reply.{replies.Key.Name}.v{new MachineSnapshotCodec().Schema}.hex";
            GoldenFiles.Compare(file, replies.Select(reply => Convert.ToHexStringLower(Codec.EncodeReply(reply))));
            GoldenFiles.Read(file).Select(line => Codec.DecodeReply(Convert.FromHexString(line))).Should().Equal(replies);
        }
    }

    [Fact]
    public void Random_commands_survive_the_round_trip() => Prop
        .ForAll(RandomEvents.Commands.ToArbitrary(), command => Codec.Decode(Codec.Encode(command)).Equals(command))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Random_replies_survive_the_round_trip() => Prop
        .ForAll(RandomEvents.Replies.ToArbitrary(), reply => Codec.DecodeReply(Codec.EncodeReply(reply)).Equals(reply))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void A_message_that_is_cut_off_or_longer_is_refused()
    {
        foreach (var bytes in MessageSamples.Commands.Select(Codec.Encode))
        {
            for (var length = 0; length < bytes.Length; length++)
                Codec.Invoking(codec => codec.Decode(bytes.AsMemory(0, length))).Should().Throw<FormatException>();

            Codec.Invoking(codec => codec.Decode((byte[])[.. bytes, 0])).Should().Throw<FormatException>();
        }
    }

    [Fact]
    public void A_changed_bit_gives_another_message_or_the_one_exception()
    {
        var refused = MessageSamples.Commands.Select(Codec.Encode).Sum(bytes => Refused(bytes, damaged => Codec.Decode(damaged)))
            + MessageSamples.Replies.Select(Codec.EncodeReply).Sum(bytes => Refused(bytes, damaged => Codec.DecodeReply(damaged)));
        refused.Should().BePositive();
    }

    [Fact]
    public void Random_bytes_are_refused() => Prop
        .ForAll(ArbMap.Default.GeneratorFor<byte[]>().ToArbitrary(), bytes => Refused(bytes) && Refused([0x93, .. bytes]) && Refused([0x93, 200, 1, .. bytes]))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Theory]
    [InlineData("93 cc fa 01 91 c0", "number 250 in version 1")]
    [InlineData("93 7a 02 91 c0", "number 122 in version 2")]
    public void A_command_of_another_build_is_refused_and_named(string hex, string what) =>
        Codec.Invoking(codec => codec.Decode(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))))
            .Should().Throw<FormatException>().WithMessage($"*{what}*one version*");

    [Fact]
    public void A_reply_with_another_schema_of_the_state_is_refused()
    {
        var bytes = Codec.EncodeReply(MessageSamples.Replies[0]);
        bytes[2]++;

        Codec.Invoking(codec => codec.DecodeReply(bytes)).Should().Throw<FormatException>().WithMessage("*one version*");
    }

    [Fact]
    public void A_field_that_a_later_build_added_is_skipped()
    {
        var command = new Command.Look(DateTimeOffset.UnixEpoch);
        var bytes = Codec.Encode(command);
        var body = Array.IndexOf(bytes, (byte)0x91);
        bytes[body]++;

        Codec.Decode((byte[])[.. bytes, 0x07]).Should().Be(command);
    }

    [Fact]
    public void What_is_no_reply_of_a_machine_is_not_sent() =>
        Codec.Invoking(codec => codec.EncodeReply("yes")).Should().Throw<ArgumentException>();

    private static bool Refused(byte[] bytes) => Refused(() => Codec.Decode(bytes)) && Refused(() => Codec.DecodeReply(bytes));

    private static int Refused(byte[] bytes, Action<byte[]> decode)
    {
        var refused = 0;
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Refused(() => decode(damaged))) refused++;
        }

        return refused;
    }

    /// <summary>Any other exception fails the test.</summary>
    private static bool Refused(Action decode)
    {
        try
        {
            decode();
            return false;
        }
        catch (FormatException)
        {
            return true;
        }
    }
}
