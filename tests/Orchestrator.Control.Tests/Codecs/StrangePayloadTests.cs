using Orchestrator.Control.Codecs;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Codecs;

/// <summary>Payloads of later versions are read, damaged ones are refused with one type of exception.</summary>
public sealed class StrangePayloadTests
{
    private static readonly MachineEventCodec Codec = new();

    [Fact]
    public void A_field_that_a_later_version_added_is_skipped()
    {
        foreach (var e in EventSamples.All)
        {
            var stored = Codec.Encode(e);
            Codec.Decode(stored.TypeId, stored.Version, WithOneFieldMore(stored.Payload)).Should().Be(e);
        }
    }

    [Fact]
    public void A_field_that_a_later_version_added_to_a_disk_is_skipped()
    {
        var e = EventSamples.All.OfType<Event.ProtectionEnablingStarted>().First();
        var payload = Convert.ToHexStringLower(Codec.Encode(e).Payload);
        const string DiskOfThree = "9301b0"; // Fields 3, index 1, a text of 16 bytes: the second disk; 4096 is its last field.
        payload.Should().Contain(DiskOfThree).And.Contain("cd1000");

        var longer = payload.Replace(DiskOfThree, "9401b0", StringComparison.Ordinal).Replace("cd1000", "cd1000c0", StringComparison.Ordinal);

        Codec.Decode(MachineEventTypes.ProtectionEnablingStarted, 1, Convert.FromHexString(longer)).Should().Be(e);
    }

    [Fact]
    public void A_payload_that_is_cut_off_is_refused_and_the_event_named()
    {
        foreach (var stored in EventSamples.All.Select(Codec.Encode))
        {
            for (var length = 0; length < stored.Payload.Length; length++)
            {
                var decode = () => Codec.Decode(stored.TypeId, stored.Version, stored.Payload.AsSpan(0, length));
                decode.Should().Throw<MessagePackException>().WithMessage($"*{Codec.NameOf(stored.TypeId)}*");
            }
        }
    }

    [Fact]
    public void A_changed_bit_gives_another_event_or_the_one_exception()
    {
        var refused = 0;
        foreach (var stored in EventSamples.All.Select(Codec.Encode))
        {
            for (var bit = 0; bit < stored.Payload.Length * 8; bit++)
            {
                var damaged = stored.Payload.ToArray();
                damaged[bit / 8] ^= (byte)(1 << (bit % 8));
                if (!TryDecode(stored, damaged)) refused++;
            }
        }

        refused.Should().BePositive();
    }

    [Fact]
    public void A_name_that_breaks_the_rules_is_refused()
    {
        var stored = Codec.Encode(EventSamples.All.OfType<Event.ProtectionEnablingStarted>().First());
        foreach (var (name, what) in new[] { ("web-1", "machine name"), ("berlin", "site name") })
        {
            var index = stored.Payload.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(name));
            var damaged = stored.Payload.ToArray();
            damaged[index] = (byte)'/';

            var decode = () => Codec.Decode(stored.TypeId, stored.Version, damaged);

            decode.Should().Throw<MessagePackException>().WithMessage($"*is no {what}*")
                .Which.Code.Should().Be(MessagePackErrorCodes.InvalidValue);
        }
    }

    [Fact]
    public void A_step_that_does_not_exist_is_neither_written_nor_read()
    {
        var operation = new OperationId(Guid.Empty);
        var payload = Codec.Encode(new Event.StepStarted(operation, Step.DetachSource, DateTimeOffset.UnixEpoch)).Payload;
        payload[19].Should().Be((byte)Step.DetachSource);
        payload[19] = 99;

        FluentActions.Invoking(() => Codec.Encode(new Event.StepStarted(operation, (Step)99, default)))
            .Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Codec.Decode(MachineEventTypes.StepStarted, 1, payload))
            .Should().Throw<MessagePackException>().WithMessage("*99 is not a value of Step*");
    }

    private static byte[] WithOneFieldMore(byte[] payload)
    {
        (payload[0] & 0xf0).Should().Be(0x90, "events have less than 16 fields");
        return [(byte)(payload[0] + 1), .. payload.AsSpan(1), 0x92, 0xc0, 0x01];
    }

    private static bool TryDecode(EncodedEvent stored, byte[] payload)
    {
        try
        {
            Codec.Decode(stored.TypeId, stored.Version, payload).Should().NotBeNull();
            return true;
        }
        catch (MessagePackException)
        {
            return false;
        }
    }
}
