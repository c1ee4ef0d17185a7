using Orchestrator.Cluster.Bus;

namespace Orchestrator.TestKit.Network;

/// <summary>A network between nodes in one process: delays, losses, copies, overtaking and one-way cuts, decided by a seed.</summary>
/// <remarks>
/// Joins the same sessions as the HTTP/2 transport, through the same codec, so what is simulated is what runs: credit, deadlines,
/// keep-alive, draining, reconnecting. On <see cref="ManualTime"/> and a <see cref="DeterministicDispatcher"/> a seed gives one run.
/// </remarks>
public sealed class SimulatedNetwork
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerAddress, SimulatedNode> _nodes = [];
    private readonly Dictionary<(string From, string To), LinkFaults> _faults = [];
    private readonly List<SimulatedPipe> _pipes = [];
    private readonly SeededRandom _random;

    /// <summary>Creates a network without nodes.</summary>
    /// <param name="time">The time.</param>
    /// <param name="random">Decides delays and faults.</param>
    /// <param name="options">The limits of all nodes.</param>
    public SimulatedNetwork(TimeProvider time, SeededRandom random, BusOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(random);
        Time = time;
        _random = random;
        Options = (options ?? new BusOptions()).Validated();
    }

    /// <summary>What happens where nothing else is set.</summary>
    public LinkFaults Default { get; set; } = LinkFaults.None;

    internal TimeProvider Time { get; }

    internal BusOptions Options { get; }

    /// <summary>Starts a node.</summary>
    /// <param name="self">Who it is; its name stands for it in <see cref="SetFaults"/>.</param>
    /// <param name="address">Where it listens; the incarnation does not count.</param>
    /// <param name="receiver">Gets what others send to it.</param>
    /// <param name="observe">Told what happens to its connections.</param>
    /// <returns>Its way to others.</returns>
    public IPeerTransport Join(PeerIdentity self, PeerAddress address, IBusReceiver receiver, Action<BusEvent>? observe = null)
    {
        ArgumentNullException.ThrowIfNull(self);
        ArgumentNullException.ThrowIfNull(address);
        lock (_gate)
        {
            var node = new SimulatedNode(this, self, receiver, _random.Fork(_nodes.Count + 1), observe);
            if (!_nodes.TryAdd(Bare(address), node)) throw new InvalidOperationException($"Another node listens at {address}: crash it first.");
            return node;
        }
    }

    /// <summary>Ends a node as <c>kill -9</c> does: it does nothing more, and its peers find their connections reset.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="isSilent">Whether the peers are told nothing, as when the power fails: they notice by silence.</param>
    public void Crash(PeerAddress address, bool isSilent = false)
    {
        ArgumentNullException.ThrowIfNull(address);
        SimulatedNode? node;
        lock (_gate) _nodes.Remove(Bare(address), out node);
        node?.Die(isSilent);
    }

    /// <summary>Breaks every connection between a node and another.</summary>
    /// <param name="address">Where the one listens.</param>
    /// <param name="peer">The other's name.</param>
    public void Reset(PeerAddress address, string peer) => Find(address)?.Reset(peer);

    /// <summary>Asks the peers of a node to send it no more, as a node does before it leaves.</summary>
    /// <param name="address">Where it listens.</param>
    public void Drain(PeerAddress address) => Find(address)?.Drain();

    /// <summary>Sets what one direction does.</summary>
    /// <param name="from">The sending node's name.</param>
    /// <param name="to">The receiving node's name.</param>
    /// <param name="faults">What it does from now on.</param>
    public void SetFaults(string from, string to, LinkFaults faults)
    {
        SimulatedPipe[] pipes;
        lock (_gate)
        {
            _faults[(from, to)] = faults;
            pipes = [.. _pipes.Where(pipe => pipe.From == from && pipe.To == to)];
        }

        Array.ForEach(pipes, pipe => pipe.Reschedule());
    }

    /// <summary>Cuts one direction: what is sent is held.</summary>
    public void Cut(string from, string to) => SetFaults(from, to, FaultsOf(from, to) with { IsCut = true });

    /// <summary>Lets one direction through again.</summary>
    public void Heal(string from, string to) => SetFaults(from, to, FaultsOf(from, to) with { IsCut = false });

    internal LinkFaults FaultsOf(string from, string to)
    {
        lock (_gate) return _faults.TryGetValue((from, to), out var faults) ? faults : Default;
    }

    internal SimulatedNode? Find(PeerAddress address)
    {
        lock (_gate) return _nodes.GetValueOrDefault(Bare(address));
    }

    internal SimulatedPipe NewPipe(string from, string to)
    {
        var pipe = new SimulatedPipe(this, from, to);
        lock (_gate)
        {
            _pipes.RemoveAll(old => old.IsClosed);
            _pipes.Add(pipe);
        }

        return pipe;
    }

    internal double Draw()
    {
        lock (_random) return _random.NextDouble();
    }

    internal TimeSpan DrawDelay(LinkFaults faults) => faults.MinDelay + ((faults.MaxDelay - faults.MinDelay) * Draw());

    private static PeerAddress Bare(PeerAddress address) => address with { Incarnation = null };
}
