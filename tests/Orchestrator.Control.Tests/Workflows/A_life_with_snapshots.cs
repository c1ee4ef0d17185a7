using Orchestrator.Actors.Persistence;
using Orchestrator.Control.Machines;
using Orchestrator.Control.Tests.Sites;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Workflows;

/// <summary>Machines that recover from snapshots live as those that recover from their whole history.</summary>
public sealed class A_life_with_snapshots
{
    private static readonly PersistenceId Id = new(MachineActor.Kind, Rig.Machine);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Goes_through_with_a_crash_after_every_operation(int snapshotEvery)
    {
        await using var rig = new Rig(snapshotEvery: snapshotEvery);
        await rig.StartAsync();
        foreach (var step in Life.ThereAndBack)
        {
            await rig.DoAsync(step);
            var before = rig.State;
            await rig.CrashAsync();
            rig.State.GetType().Should().Be(before.GetType());
            rig.State.Operations.Should().Equal(before.Operations);
        }

        rig.World.Violations.Should().BeEmpty();
        rig.State.Should().BeOfType<State.Unprotected>();
        (await NewestAsync(rig))!.SequenceNr.Should().BeGreaterThan(rig.Events.Count - 2 * snapshotEvery);
    }

    [Fact]
    public async Task A_snapshot_of_an_older_schema_is_ignored_and_the_history_replayed()
    {
        await using var rig = new Rig(snapshotEvery: 1);
        await rig.StartAsync();
        await rig.DoAsync(Life.Protect);
        var (before, newest) = (rig.State, (await NewestAsync(rig))!);
        // The bytes would make another machine of it, if anybody looked at them.
        await rig.Loop.RunAsync(() => rig.Trap.SaveSnapshotAsync(newest with { Schema = 0, Payload = [0xc0] }, default).AsTask());

        await rig.CrashAsync();

        rig.State.Should().Be(before);
    }

    private static Task<JournalSnapshot?> NewestAsync(Rig rig) =>
        rig.Loop.RunAsync(() => rig.Trap.LoadSnapshotAsync(Id, long.MaxValue, default).AsTask());
}
