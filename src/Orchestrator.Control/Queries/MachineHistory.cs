using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;
using Orchestrator.Contracts;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Orchestrator.Control.Projections;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Queries;

/// <summary>Answers questions about the past out of the journal: events, the state at an instant.</summary>
public sealed class MachineHistory(IJournal journal, MachineEventCodec codec)
{
    private const int Page = 1000;
    private readonly MachineEvents _events = new(codec);

    /// <summary>Goes through a machine's life again.</summary>
    public MachineReplay Replay { get; } = new(journal, codec);

    /// <summary>The names of all machines with a history.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellation) =>
        [.. (await journal.ListEntitiesAsync(MachineActor.Kind, cancellation)).Select(id => id.Name)];

    /// <summary>Whether a machine has a history.</summary>
    public async Task<bool> KnowsAsync(string machine, CancellationToken cancellation) =>
        (await journal.ReadEntityAsync(new PersistenceId(MachineActor.Kind, machine), 1, 1, cancellation)).Count > 0;

    /// <summary>A machine's events from a number on.</summary>
    public async Task<IReadOnlyList<JournalEntryView>> EntriesAsync(string machine, long from, int limit, CancellationToken cancellation)
    {
        List<JournalEntryView> entries = [];
        await foreach (var stored in ReadAsync(machine, from, cancellation))
        {
            if (entries.Count == limit) break;
            entries.Add(EntryOf(stored));
        }

        return entries;
    }

    /// <summary>A machine's state at an instant; null when it had no history by then.</summary>
    public Task<PastState?> AsOfAsync(string machine, DateTimeOffset at, CancellationToken cancellation) =>
        Replay.StateAsync(machine, at, stored => stored.At <= at, cancellation);

    private JournalEntryView EntryOf(JournalEvent stored) => new(
        stored.Position, ShardHash.ShardOf(stored.Id.Name, journal.ShardCount), stored.Id.Name, stored.SequenceNr, stored.At,
        codec.NameOf(stored.TypeId), stored.Payload is null ? "(shredded)" : string.Join("; ", Decode(stored).Select(EventText.Describe)),
        Convert.ToHexStringLower(stored.Hash));

    private IReadOnlyList<Event> Decode(JournalEvent stored) => Decode(_events, stored);

    /// <summary>Decodes an event for a reader.</summary>
    /// <exception cref="ControlException">It cannot be decoded.</exception>
    internal static IReadOnlyList<Event> Decode(MachineEvents events, JournalEvent stored)
    {
        try
        {
            return events.Decode(stored);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Whatever a damaged payload makes of the decoder, the reader wants to know which event it was.
            throw new ControlException(ControlFailure.Unavailable, new Contracts.ErrorView(ControlCodes.HistoryUnreadable,
                $"Event {stored.SequenceNr} of machine {stored.Id.Name} cannot be read: {error.Message}",
                "Run 'journal verify' and restore the journal from a backup.", []), error);
        }
    }

    private async IAsyncEnumerable<JournalEvent> ReadAsync(
        string machine, long from, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var id = new PersistenceId(MachineActor.Kind, machine);
        while (true)
        {
            var page = await journal.ReadEntityAsync(id, from, Page, cancellation);
            foreach (var stored in page) yield return stored;
            if (page.Count < Page) yield break;
            from = page[^1].SequenceNr + 1;
        }
    }
}
