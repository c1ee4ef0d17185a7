using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Control.Codecs;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Codecs;

/// <summary>What is written is what is read, and what cannot be read is named.</summary>
public sealed class MachineEventCodecTests
{
    private static readonly MachineEventCodec Codec = new();

    [Fact]
    public void Every_event_of_the_family_has_a_sample() =>
        EventSamples.EventTypes.Where(type => !EventSamples.Of(type).Any()).Should().BeEmpty("each event needs a sample in EventSamples");

    [Fact]
    public void Every_event_of_the_family_has_one_number() =>
        EventSamples.EventTypes.Select(type => Codec.Encode(EventSamples.Of(type).First()).TypeId)
            .Should().OnlyHaveUniqueItems().And.BeEquivalentTo(Codec.TypeIds);

    [Fact]
    public void Every_sample_survives_the_round_trip()
    {
        foreach (var e in EventSamples.All) RoundTrip(e).Should().Be(e);
    }

    [Fact]
    public void Every_stored_field_of_every_event_has_a_name()
    {
        foreach (var encoded in EventSamples.All.Select(Codec.Encode))
        {
            var reader = new MessagePack.MessagePackReader(encoded.Payload);
            Codec.FieldsOf(encoded.TypeId).Should().HaveCount(reader.ReadArrayHeader(), Codec.NameOf(encoded.TypeId));
        }
    }

    [Fact]
    public void Random_events_survive_the_round_trip() => Prop
        .ForAll(RandomEvents.All.ToArbitrary(), e => RoundTrip(e).Equals(e))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Equal_events_give_equal_bytes() => Prop
        .ForAll(RandomEvents.All.ToArbitrary(), e => Codec.Encode(RoundTrip(e)).Payload.SequenceEqual(Codec.Encode(e).Payload))
        .Check(Config.QuickThrowOnFailure);

    [Fact]
    public void An_instant_is_kept_whatever_its_offset()
    {
        var at = new DateTimeOffset(2031, 1, 1, 12, 0, 0, TimeSpan.FromHours(9));

        var decoded = RoundTrip(new Event.ReplicationRecovered(at));

        decoded.At.Should().Be(at);
        decoded.At.Offset.Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public void Names_and_numbers_go_together_both_ways()
    {
        foreach (var typeId in Codec.TypeIds)
        {
            Codec.TryGetTypeId(Codec.NameOf(typeId), out var found).Should().BeTrue();
            found.Should().Be(typeId);
        }

        Codec.NameOf(MachineEventTypes.FailoverStarted).Should().Be("machine.failover-started.v1");
        Codec.TryGetTypeId("machine.failover-started", out _).Should().BeFalse();
    }

    [Fact]
    public void An_unknown_type_stops_the_reader_and_is_named()
    {
        var decode = () => Codec.Decode(999, 1, [0x90]);

        var error = decode.Should().Throw<UnknownEventException>().Which;
        error.Should().BeEquivalentTo(new { TypeId = 999, Version = (short?)1, Code = UnknownEventException.ErrorCode });
        error.Message.Should().Contain("999").And.Contain("newer version");
        FluentActions.Invoking(() => Codec.NameOf(999)).Should().Throw<UnknownEventException>().Which.TypeId.Should().Be(999);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    public void An_unknown_version_stops_the_reader_and_is_named(short version)
    {
        var stored = Codec.Encode(EventSamples.All[0]);

        var decode = () => Codec.Decode(stored.TypeId, version, stored.Payload);

        decode.Should().Throw<UnknownEventException>().WithMessage($"*machine.protection-enabling-started.v1*version {version},*");
    }

    private static Event RoundTrip(Event e)
    {
        var stored = Codec.Encode(e);
        return Codec.Decode(stored.TypeId, stored.Version, stored.Payload);
    }
}
