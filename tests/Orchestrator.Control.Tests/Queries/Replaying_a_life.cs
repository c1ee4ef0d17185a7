using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Orchestrator.Control.Queries;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain.Machines;

namespace Orchestrator.Control.Tests.Queries;

public sealed class Replaying_a_life
{
    private static readonly PersistenceId Id = new(MachineActor.Kind, Rig.Machine);

    [Fact]
    public async Task Tells_each_event_and_what_it_changed()
    {
        await using var rig = new Rig();
        await rig.StartAsync();
        await rig.DoAsync(Life.Protect);

        var replay = new MachineReplay(rig.Trap, new MachineEventCodec());
        var steps = await rig.Loop.RunAsync(() => replay.StepsAsync(Rig.Machine, long.MaxValue, CancellationToken.None));

        steps.Select(step => step.Sequence).Should().Equal(Enumerable.Range(1, steps.Count).Select(i => (long)i));
        steps[0].Changes.Should().Contain(change => change.Path == "(kind)" && change.Before == "Unprotected" && change.After == "Enabling");
        steps[0].Changes.Should().Contain(change => change.Path == "Protection.Machine" && change.Before == null && change.After == Rig.Machine);
        steps[^1].State.Should().Be("Protected");
        (await rig.Loop.RunAsync(() => replay.StepsAsync(Rig.Machine, 2, CancellationToken.None))).Should().HaveCount(2);
    }

    [Fact]
    public async Task Ends_at_a_cut_through_the_whole_journal()
    {
        await using var rig = new Rig();
        await rig.StartAsync();
        await rig.DoAsync(Life.Protect);
        var replay = new MachineReplay(rig.Trap, new MachineEventCodec());
        var shard = ShardHash.ShardOf(Rig.Machine, rig.Trap.ShardCount);
        var heads = new long[rig.Trap.ShardCount];

        (await StateAsync()).Should().BeNull("nothing was stored yet at this cut");
        heads[shard] = 1;
        (await StateAsync())!.State.Should().Be(nameof(ProtectedMachine.State.Enabling));

        Task<Contracts.PastState?> StateAsync() => rig.Loop.RunAsync(() =>
            replay.StateAsync(Rig.Machine, new JournalCut(1, DateTimeOffset.UnixEpoch, heads), CancellationToken.None));
    }

    [Fact]
    public async Task Goes_on_from_a_snapshot_where_payloads_were_shredded()
    {
        await using var rig = new Rig(snapshotEvery: 5);
        await rig.StartAsync();
        await rig.DoAsync(Life.Protect);
        var replay = new MachineReplay(rig.Trap, new MachineEventCodec());
        var whole = await rig.Loop.RunAsync(() => replay.StepsAsync(Rig.Machine, long.MaxValue, CancellationToken.None));
        var snapshot = (await rig.Loop.RunAsync(() => rig.Trap.LoadSnapshotAsync(Id, long.MaxValue, CancellationToken.None).AsTask()))!;
        for (var number = 1L; number <= 3; number++) rig.Trap.Inner.Tamper(Id, number, static stored => stored with { Payload = null });

        var steps = await rig.Loop.RunAsync(() => replay.StepsAsync(Rig.Machine, long.MaxValue, CancellationToken.None));
        steps[0].Text.Should().Contain("shredded");
        steps[0].Sequence.Should().BeLessThanOrEqualTo(snapshot.SequenceNr);
        steps[^1].Should().BeEquivalentTo(whole[^1]);

        var early = async () => await rig.Loop.RunAsync(() => replay.StepsAsync(Rig.Machine, 2, CancellationToken.None));
        (await early.Should().ThrowAsync<ControlException>()).Which.Error.Code.Should().Be(Actors.ActorErrorCodes.PayloadShredded);
    }
}
