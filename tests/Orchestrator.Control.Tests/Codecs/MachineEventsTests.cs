using Orchestrator.Actors.Persistence;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Orchestrator.Control.Tests.Sites;

namespace Orchestrator.Control.Tests.Codecs;

/// <summary>The machine's codec as the kernel meets it.</summary>
public sealed class MachineEventsTests
{
    private static readonly PersistenceId Id = new(MachineActor.Kind, Rig.Machine);

    [Theory]
    [InlineData(999, 1)]
    [InlineData(MachineEventTypes.Committed, 2)]
    public void What_a_newer_build_wrote_is_named_in_the_kernels_words(int typeId, short version) =>
        new MachineEvents(new MachineEventCodec()).Invoking(events => events.Decode(typeId, version, [0x90]))
            .Should().Throw<Actors.Persistence.UnknownEventException>().Which.Should().BeEquivalentTo(new { TypeId = typeId, TypeVersion = version });

    [Theory]
    [InlineData(999, 1)]
    [InlineData(MachineEventTypes.RecoveryPointRecorded, 2)]
    public async Task A_machine_with_an_event_of_a_newer_build_is_not_run_with_a_hole_in_its_history(int typeId, short version)
    {
        await using var rig = await Rig.ProtectedAsync();
        var (previous, last) = (rig.Events[^2], rig.Events[^1]);
        rig.Trap.Inner.Tamper(Id, last.SequenceNr, _ => last with
        {
            TypeId = typeId,
            TypeVersion = version,
            Hash = HashChain.Next(previous.Hash, Id, last.SequenceNr, last.Epoch, typeId, version, last.At, last.Meta, last.PayloadHash),
        });

        await rig.CrashAsync();

        rig.Node.Registry.Find(Rig.Machine).Should().BeNull();
        var finding = () => rig.Loop.RunAsync(() => rig.Node.FindAsync(Rig.Machine, default), TimeSpan.FromMinutes(1));
        (await finding.Should().ThrowAsync<ControlException>()).Which.Error.Code.Should().Be(ControlCodes.HistoryUnreadable);
        rig.Events[^1].TypeId.Should().Be(typeId, "nothing was appended behind it");
    }
}
