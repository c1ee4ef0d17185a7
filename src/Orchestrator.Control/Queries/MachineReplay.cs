using System.Runtime.CompilerServices;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;
using Orchestrator.Contracts;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Orchestrator.Control.Projections;
using Orchestrator.Domain.Machines;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Queries;

/// <summary>Goes through a machine's life again, event by event.</summary>
/// <remarks>Where payloads were shredded it goes on from the snapshot that covers them; what lies between is not told.</remarks>
public sealed class MachineReplay(IJournal journal, MachineEventCodec codec)
{
    private const int Page = 500;
    private readonly MachineEvents _events = new(codec);
    private readonly MachineSnapshotCodec _snapshots = new();

    /// <summary>Each event up to a number, with what it changed.</summary>
    /// <exception cref="ControlException">An event cannot be read, and no snapshot covers it.</exception>
    public async Task<IReadOnlyList<ReplayStep>> StepsAsync(string machine, long to, CancellationToken cancellation)
    {
        List<ReplayStep> steps = [];
        var before = ProtectedMachine.Initial;
        await foreach (var (stored, events, state) in FoldAsync(machine, stored => stored.SequenceNr <= to, cancellation))
        {
            var text = events is null ? "(shredded; the state is that of a snapshot)" : string.Join("; ", events.Select(EventText.Describe));
            steps.Add(new ReplayStep(stored.SequenceNr, stored.At, codec.NameOf(stored.TypeId), text, MachineViews.NameOf(state),
                StateDiff.Between(before, state)));
            before = state;
        }

        return steps;
    }

    /// <summary>The state after the events that count; null when there are none.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="at">The instant the state is told of.</param>
    /// <param name="counts">Whether an event is in; the first that is not ends the history.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="ControlException">An event cannot be read, and no snapshot covers it.</exception>
    public async Task<PastState?> StateAsync(
        string machine, DateTimeOffset at, Func<JournalEvent, bool> counts, CancellationToken cancellation)
    {
        var (state, sequence) = (ProtectedMachine.Initial, 0L);
        await foreach (var step in FoldAsync(machine, counts, cancellation))
        {
            (state, sequence) = (step.State, step.Stored.SequenceNr);
        }

        if (sequence == 0) return null;
        var latest = ProtectedMachine.PointsOf(state).Latest;
        return new PastState(machine, at, sequence, MachineViews.NameOf(state), ProtectedMachine.Health(state).Level.ToString(),
            ProtectedMachine.ProtectionOf(state)?.ActiveSite.Value, MachineViews.PointOf(latest), MachineViews.RpoOf(state, at));
    }

    /// <summary>The state at a cut through the whole journal.</summary>
    public Task<PastState?> StateAsync(string machine, JournalCut cut, CancellationToken cancellation)
    {
        var shard = ShardHash.ShardOf(machine, journal.ShardCount);
        return StateAsync(machine, cut.At, stored => stored.Position <= cut.Heads[shard], cancellation);
    }

    private async IAsyncEnumerable<(JournalEvent Stored, IReadOnlyList<Event>? Events, State State)> FoldAsync(
        string machine, Func<JournalEvent, bool> counts, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var id = new PersistenceId(MachineActor.Kind, machine);
        var (state, next) = (ProtectedMachine.Initial, 1L);
        while (true)
        {
            var page = await journal.ReadEntityAsync(id, next, Page, cancellation);
            foreach (var stored in page.SkipWhile(stored => stored.SequenceNr < next))
            {
                if (!counts(stored)) yield break;
                if (stored.Payload is null)
                {
                    var (covering, covered) = await CoverAsync(id, stored, counts, cancellation);
                    (state, next) = (covering, covered.SequenceNr + 1);
                    yield return (covered, null, state);
                    break;
                }

                var events = MachineHistory.Decode(_events, stored);
                (state, next) = (events.Aggregate(state, ProtectedMachine.Evolve), stored.SequenceNr + 1);
                yield return (stored, events, state);
            }

            if (page.Count < Page && (page.Count == 0 || page[^1].SequenceNr < next)) yield break;
        }
    }

    /// <summary>The oldest state kept that has the shredded event in it, and is not later than what was asked for.</summary>
    private async Task<(State State, JournalEvent Covered)> CoverAsync(
        PersistenceId id, JournalEvent shredded, Func<JournalEvent, bool> counts, CancellationToken cancellation)
    {
        var newest = long.MaxValue;
        while (await journal.LoadSnapshotAsync(id, newest, cancellation) is { } snapshot && snapshot.SequenceNr >= shredded.SequenceNr)
        {
            var at = await journal.ReadEntityAsync(id, snapshot.SequenceNr, 1, cancellation);
            if (snapshot.Schema == _snapshots.Schema && counts(at[0])) return (_snapshots.Decode(snapshot.Payload), at[0]);
            newest = snapshot.SequenceNr - 1;
        }

        throw new ControlException(ControlFailure.Unavailable, new ErrorView(Actors.ActorErrorCodes.PayloadShredded,
            $"The payload of event {shredded.SequenceNr} of machine {id.Name} was shredded, and no snapshot of that time holds what it led to.",
            "Ask for a later time.", []));
    }
}
