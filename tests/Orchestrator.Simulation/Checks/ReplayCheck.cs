using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Orchestrator.Domain.Machines;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation.Checks;

/// <summary>S7: a snapshot and the events behind it give the state that all events give, and that was read along.</summary>
internal sealed class ReplayCheck(SimulatedWorld world, JournalBook book, Counters counters)
{
    private readonly MachineEvents _events = new(new MachineEventCodec());
    private readonly MachineSnapshotCodec _snapshots = new();

    public async Task CheckAsync()
    {
        foreach (var page in book.Pages)
        {
            var all = world.Journal.EventsOf(page.Id);
            var full = Fold(ProtectedMachine.Initial, all);
            if (!full.Equals(page.State))
                throw world.Failure("S7", $"{page.Id.Name} replays to {full}, and was {page.State}");

            if (await world.Journal.LoadSnapshotAsync(page.Id, long.MaxValue, CancellationToken.None) is not { } snapshot)
                continue;

            counters.Count("snapshots replayed");
            var shortened = Fold(_snapshots.Decode(snapshot.Payload), all.Skip((int)snapshot.SequenceNr));
            if (!shortened.Equals(full))
                throw world.Failure("S7", $"{page.Id.Name} recovers from its snapshot at {snapshot.SequenceNr} to {shortened}, and from all events to {full}");
        }
    }

    private ProtectedMachine.State Fold(ProtectedMachine.State from, IEnumerable<Actors.Persistence.JournalEvent> events) =>
        events.SelectMany(_events.Decode).Aggregate(from, ProtectedMachine.Evolve);
}
