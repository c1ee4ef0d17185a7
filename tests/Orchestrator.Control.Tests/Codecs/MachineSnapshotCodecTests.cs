using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Control.Codecs;
using Orchestrator.Domain.Machines;
using Orchestrator.Domain.Tests.Machines;
using Orchestrator.MessagePack;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Codecs;

/// <summary>A snapshot is the state it was taken of, so that snapshot and tail are as good as the whole history.</summary>
public sealed class MachineSnapshotCodecTests
{
    private const int LongestLife = 160;
    private static readonly MachineSnapshotCodec Codec = new();

    [Fact]
    public void Every_state_of_the_family_has_a_sample() =>
        StateSamples.StateTypes.Except(StateSamples.All.Select(state => state.GetType())).Should().BeEmpty("each state needs a sample in StateSamples");

    [Fact]
    public void Every_sample_is_written_as_the_schema_was_first_written() => GoldenFiles.Compare(
        $"snapshots/machine-state.v{Codec.Schema}.hex", StateSamples.All.Select(state => Convert.ToHexStringLower(Codec.Encode(state))));

    [Fact]
    public void Every_sample_survives_the_round_trip()
    {
        foreach (var state in StateSamples.All) Codec.Decode(Codec.Encode(state)).Should().Be(state);
    }

    [Fact]
    public void Random_states_survive_the_round_trip() => Prop
        .ForAll(RandomEvents.States.ToArbitrary(), state => Codec.Decode(Codec.Encode(state)).Equals(state))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Snapshot_and_tail_lead_where_the_whole_history_leads()
    {
        var lives =
            from numbers in Gen.Choose(0, 1_000_000).ArrayOf(LongestLife)
            from place in Gen.Choose(0, 100)
            select (numbers, place);
        Prop.ForAll(lives.ToArbitrary(), life =>
        {
            var history = HistoryOf(life.numbers);
            var at = history.Count * life.place / 100;
            var snapshot = Codec.Decode(Codec.Encode(ProtectedMachine.Replay(history.Take(at))));
            return history.Skip(at).Aggregate(snapshot, ProtectedMachine.Evolve).Equals(ProtectedMachine.Replay(history));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Strange_bytes_are_refused_and_never_taken_for_a_state()
    {
        var whole = Codec.Encode(StateSamples.All[^1]);
        foreach (var payload in (byte[][])[[], [0xc0], [0x92, 13, 0x91, 0x90], whole[..^1], [.. whole, 0]])
        {
            Codec.Invoking(codec => codec.Decode(payload)).Should().Throw<MessagePackException>();
        }
    }

    [Fact]
    public void A_state_within_a_state_must_be_of_the_right_case()
    {
        var committing = (State.Committing)StateSamples.All.Single(state => state is State.Committing);
        var bytes = Convert.ToHexStringLower(Codec.Encode(committing));
        var inner = Convert.ToHexStringLower(Codec.Encode(committing.From));
        var wrong = bytes.Replace(inner, Convert.ToHexStringLower(Codec.Encode(committing.From.From)), StringComparison.Ordinal);

        Codec.Invoking(codec => codec.Decode(Convert.FromHexString(wrong))).Should().Throw<MessagePackException>().WithMessage("*FailedOver*");
    }

    private static IReadOnlyList<ProtectedMachine.Event> HistoryOf(int[] numbers)
    {
        var life = new RandomLife();
        foreach (var number in numbers) life.Live(number);
        return life.History;
    }
}
