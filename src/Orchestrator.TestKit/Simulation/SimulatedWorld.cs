using System.Text;

namespace Orchestrator.TestKit.Simulation;

/// <summary>Several nodes, the network between them and one journal, in one thread and on virtual time, all out of one seed.</summary>
/// <remarks>
/// Every node has its own life (<see cref="WorldNode.Generation"/>), clock and stream of randomness; the journal is reached
/// through <see cref="JournalOf"/> over the network, so that it can be slow, cut off, or lose answers for one node alone.
/// What the world itself does – clients, faults – runs outside every node and outlives them all.
/// </remarks>
/// <example><code>
/// var world = new SimulatedWorld(seed: 1);
/// var node = world.AddNode("a");
/// node.Start();
/// var system = new ActorSystem(new ActorSystemOptions
///     { Time = node.Clock, Random = node.Random, Dispatcher = node.Dispatcher, Journal = world.JournalOf(node) });
/// await world.RunAsync(() => node.CallAsync(() => system.StartAsync()), within: TimeSpan.FromSeconds(10));
/// world.Network.Cut("a", SimulatedWorld.JournalPlace);
/// </code></example>
public sealed class SimulatedWorld
{
    /// <summary>The name of the journal's place in the network.</summary>
    public const string JournalPlace = "journal";

    private readonly List<WorldNode> _nodes = [];

    /// <summary>Creates an empty world.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="shardCount">Shards of the journal.</param>
    /// <param name="timelineLines">How many lines of the timeline are kept, and shown with a failure.</param>
    public SimulatedWorld(long seed, int shardCount = 8, int timelineLines = 60)
    {
        Seed = seed;
        Time = new ManualTime();
        Loop = new DeterministicDispatcher(seed, Time);
        Journal = new InMemoryJournal(shardCount, Time);
        Network = new WorldNetwork(Time, RandomOf("network"));
        Timeline = new Timeline(Time, timelineLines);
    }

    /// <summary>What decides everything.</summary>
    public long Seed { get; }

    /// <summary>The time of the world; each node has its own idea of it.</summary>
    public ManualTime Time { get; }

    /// <summary>The loop; <see cref="DeterministicDispatcher.AfterStep"/> is the place of the checks.</summary>
    public DeterministicDispatcher Loop { get; }

    /// <summary>The journal itself, for those who look at it from outside.</summary>
    public InMemoryJournal Journal { get; }

    /// <summary>The network.</summary>
    public WorldNetwork Network { get; }

    /// <summary>What happened.</summary>
    public Timeline Timeline { get; }

    /// <summary>All nodes, in the order they were added.</summary>
    public IReadOnlyList<WorldNode> Nodes => _nodes;

    /// <summary>A digest of the whole run so far: the same seed and program give the same value.</summary>
    public ulong TraceHash => Loop.TraceHash ^ Timeline.Hash;

    /// <summary>Adds a node; <see cref="WorldNode.Start"/> gives it life.</summary>
    public WorldNode AddNode(string name)
    {
        var node = new WorldNode(this, name);
        _nodes.Add(node);
        return node;
    }

    /// <summary>A stream of randomness of its own: one more draw in it moves no other.</summary>
    /// <param name="subsystem">What draws from it.</param>
    /// <param name="node">For whom; empty for the whole world.</param>
    public SeededRandom RandomOf(string subsystem, string node = "")
    {
        var hash = 14695981039346656037UL;
        foreach (var value in Encoding.UTF8.GetBytes($"{subsystem}/{node}"))
            hash = unchecked((hash ^ value) * 1099511628211UL);

        return new SeededRandom(Seed).Fork(unchecked((int)(hash ^ (hash >> 32))));
    }

    /// <summary>A node's own connection to the journal.</summary>
    public SimulatedJournal JournalOf(WorldNode node) => new(node, this);

    /// <summary>Runs work of the world until it is done, moving time as needed.</summary>
    /// <param name="work">The work; what it awaits of a node goes through <see cref="WorldNode.CallAsync{T}"/>.</param>
    /// <param name="within">How much time of the world it may take.</param>
    public Task RunAsync(Func<Task> work, TimeSpan within) => Loop.RunAsync(work, within);

    /// <summary>Reports what must never happen, with the seed and the end of the timeline.</summary>
    public SimulationFailedException Failure(string invariant, string problem, Exception? inner = null) =>
        new(Seed, invariant, problem, Timeline.Tail(), inner);
}
