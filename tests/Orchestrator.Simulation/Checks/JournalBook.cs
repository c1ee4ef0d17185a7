using Orchestrator.Actors.Persistence;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Orchestrator.Domain.Machines;
using Orchestrator.TestKit.Simulation;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Simulation.Checks;

/// <summary>Reads the journal along, event by event, and checks it as an auditor would: with code of its own where it can.</summary>
/// <remarks>S7 (dense, chained, epochs never fall), S9 in part (no request is recorded twice), S5 on the side of the decisions.</remarks>
internal sealed class JournalBook
{
    private readonly SimulatedWorld _world;
    private readonly MachineEvents _events = new(new MachineEventCodec());
    private readonly Dictionary<string, MachinePage> _pages = new(StringComparer.Ordinal);
    private readonly (long Head, long Epoch)[] _shards;
    private readonly List<(int Shard, JournalEvent Event)> _unread = [];

    public JournalBook(SimulatedWorld world)
    {
        _world = world;
        _shards = new (long, long)[world.Journal.ShardCount];
        world.Journal.OnStored = (shard, stored) => _unread.Add((shard, stored));
    }

    /// <summary>Events read.</summary>
    public long Events { get; private set; }

    public IEnumerable<MachinePage> Pages => _pages.Values;

    public State StateOf(string machine) => _pages.GetValueOrDefault(machine)?.State ?? ProtectedMachine.Initial;

    public MachinePage? Find(string machine) => _pages.GetValueOrDefault(machine);

    /// <summary>Whether a request is on record.</summary>
    public bool Holds(string machine, Guid operation) => _pages.GetValueOrDefault(machine)?.Requests.ContainsKey(operation) ?? false;

    /// <summary>Reads what was stored since the last call.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Read()
    {
        if (_unread.Count == 0)
            return false;

        foreach (var (shard, stored) in _unread)
        {
            CheckPlace(shard, stored);
            Turn(stored);
        }

        _unread.Clear();
        return true;
    }

    private void CheckPlace(int shard, JournalEvent stored)
    {
        var (head, epoch) = _shards[shard];
        if (stored.Position != head + 1)
            throw _world.Failure("S7", $"shard {shard} has position {stored.Position} after {head}");

        if (stored.Epoch < epoch)
            throw _world.Failure("S7", $"shard {shard} has an event of epoch {stored.Epoch} after one of epoch {epoch}: a fenced writer wrote {stored.Id}");

        _shards[shard] = (stored.Position, stored.Epoch);
    }

    private void Turn(JournalEvent stored)
    {
        if (!_pages.TryGetValue(stored.Id.Name, out var page))
            _pages.Add(stored.Id.Name, page = new MachinePage(stored.Id));

        if (stored.SequenceNr != page.SequenceNr + 1)
            throw _world.Failure("S7", $"{stored.Id} has event {stored.SequenceNr} after {page.SequenceNr}");

        if (!HashChain.Follows(page.Hash, stored))
            throw _world.Failure("S7", $"event {stored.SequenceNr} of {stored.Id} does not follow the hash of the one before it");

        foreach (var happened in _events.Decode(stored))
        {
            _world.Timeline.Add("journal", $"{stored.Id.Name}#{stored.SequenceNr} e{stored.Epoch} {Describe(happened)} {Convert.ToHexString(stored.Hash, 0, 4)}");
            CheckDecision(page, happened);
            page.Add(happened);
        }

        page.SequenceNr = stored.SequenceNr;
        page.Hash = stored.Hash;
        Events++;
    }

    private void CheckDecision(MachinePage page, Event happened)
    {
        if (happened is Event.OperationStarted started && !page.Requests.TryAdd(started.Operation.Value, happened.GetType().Name))
            throw _world.Failure("S9", $"request {started.Operation} of {page.Id.Name} is on record twice, as {page.Requests[started.Operation.Value]} and {happened.GetType().Name}");

        if (page.IsCommitted && happened is Event.CancelStarted or Event.FailoverCancelled or Event.PointChangeStarted or Event.PointChanged)
            throw _world.Failure("S5", $"{page.Id.Name} was committed, and then {Describe(happened)} was recorded");

        if (PointOf(happened) is { } point && page.CommittedAway.Contains(point))
            throw _world.Failure("S5", $"{Describe(happened)} of {page.Id.Name} chooses a point from before a commit");
    }

    private static Guid? PointOf(Event happened) => happened switch
    {
        Event.FailoverStarted e => e.Point?.Value,
        Event.PointChangeStarted e => e.Point.Value,
        Event.TestFailoverStarted e => e.Point.Value,
        _ => null,
    };

    private static string Describe(Event happened) => happened switch
    {
        Event.StepStarted e => $"StepStarted {e.Step}",
        Event.StepCompleted e => $"StepCompleted {e.Step}",
        Event.StepFailed e => $"StepFailed {e.Step} {e.Code}, again at {e.RetryAt:HH:mm:ss}",
        Event.StepSkipped e => $"StepSkipped {e.Step} {e.Code}",
        Event.ReplicationFailed e => $"ReplicationFailed {e.Code}, again at {e.RetryAt:HH:mm:ss}",
        _ => happened.GetType().Name,
    };
}

/// <summary>What the journal says about one machine.</summary>
internal sealed class MachinePage(PersistenceId id)
{
    public PersistenceId Id => id;

    public long SequenceNr { get; set; }

    public byte[] Hash { get; set; } = HashChain.Genesis(id);

    public State State { get; private set; } = ProtectedMachine.Initial;

    /// <summary>The requests on record, and what each was.</summary>
    public Dictionary<Guid, string> Requests { get; } = [];

    /// <summary>Whether its last failover was committed.</summary>
    public bool IsCommitted { get; private set; }

    /// <summary>Points that ended with a commit.</summary>
    public HashSet<Guid> CommittedAway { get; } = [];

    /// <summary>Whether the failover at hand went on without the source being stopped or fenced: an operator's act, two may run.</summary>
    public bool IsForced { get; private set; }

    public void Add(Event happened)
    {
        switch (happened)
        {
            case Event.CommitStarted:
                IsCommitted = true;
                CommittedAway.UnionWith(ProtectedMachine.PointsOf(State).Select(point => point.Id.Value));
                break;
            case Event.FailoverStarted:
                (IsCommitted, IsForced) = (false, false);
                break;
            case Event.FailoverCancelled:
            case Event.StepCompleted { Step: Step.ReleaseSource }:
                IsForced = false;
                break;
            case Event.StepSkipped { Step: Step.StopSource or Step.FenceSource or Step.ReleaseSource or Step.DetachSource or Step.StopReplication }:
                IsForced = true;
                break;
            case Event.ProtectionEnablingStarted:
                (IsCommitted, IsForced) = (false, false);
                break;
        }

        State = ProtectedMachine.Evolve(State, happened);
    }
}
