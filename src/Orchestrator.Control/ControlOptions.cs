using Orchestrator.Actors;
using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Mailbox;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;
using Orchestrator.Actors.Sharding;
using Orchestrator.Control.Sites;

namespace Orchestrator.Control;

/// <summary>What a control node is made of.</summary>
public sealed record ControlOptions
{
    /// <summary>The journal.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>The sites.</summary>
    public required ISiteDirectory Sites { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The source of jitter.</summary>
    public required Random Random { get; init; }

    /// <summary>Runs the actors' turns: the thread pool, or one loop on virtual time under test.</summary>
    public IDispatcher Dispatcher { get; init; } = ThreadPoolDispatcher.Instance;

    /// <summary>How long a command waits for its answer.</summary>
    public TimeSpan AskTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the sites are looked at.</summary>
    public TimeSpan MonitorInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an idle actor stays in memory.</summary>
    public TimeSpan PassivateAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Events of a machine between two snapshots of it.</summary>
    public int SnapshotEvery { get; init; } = 100;

    /// <summary>Keeps the read models; null holds them in memory, built anew at every start. The node does not dispose it.</summary>
    public IProjectionStore? ReadModels { get; init; }

    /// <summary>How long a reader waits for a read model to catch up with the journal.</summary>
    public TimeSpan ReadPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether a marked resync starts by itself.</summary>
    public bool AutomaticResync { get; init; } = true;

    /// <summary>How many machines are woken, or asked on other nodes, at the same time.</summary>
    public int MachinesAtOnce { get; init; } = 32;

    /// <summary>The way to the machines of other nodes; null when this node has all.</summary>
    public IShardRouter? Router { get; init; }

    /// <summary>
    /// Makes the node a member of its cluster, given its actors and who must be told of every <see cref="ClusterEvent"/>, in
    /// order and at once; null when this node has all machines.
    /// </summary>
    public Func<ActorSystem, Action<ClusterEvent>, ClusterMember>? Cluster { get; init; }
}
