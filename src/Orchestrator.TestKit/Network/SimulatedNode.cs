using Orchestrator.Cluster;
using Orchestrator.Cluster.Bus;
using Orchestrator.Cluster.Bus.Sessions;

namespace Orchestrator.TestKit.Network;

/// <summary>One node on a simulated network: listens, and connects to others.</summary>
internal sealed class SimulatedNode(SimulatedNetwork network, PeerIdentity self, IBusReceiver receiver, Random random, Action<BusEvent>? observe)
    : IPeerTransport, IBusDialer
{
    private readonly Lock _gate = new();
    private readonly List<SimulatedWire> _wires = [];
    private readonly List<InboundSession> _sessions = [];
    private bool _isDead;

    /// <inheritdoc/>
    public IPeerConnection Connect(PeerAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new PeerConnection(address, this, network.Options, network.Time, random, observe);
    }

    /// <inheritdoc/>
    public async Task<PeerLink> DialAsync(PeerAddress address, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<PeerLink>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var given = cancellation.UnsafeRegister(_ => answer.TrySetCanceled(cancellation), null);
        if (_isDead) return await answer.Task; // Nothing happens on a dead node any more.
        using var limit = new CancellationTokenSource(network.Options.ConnectTimeout, network.Time);
        await using var late = limit.Token.UnsafeRegister(_ => answer.TrySetException(Unreachable(address, "did not answer in time")), null);
        Knock(address, answer);
        return await answer.Task;
    }

    /// <summary>Does nothing more.</summary>
    public void Die(bool isSilent)
    {
        SimulatedWire[] wires;
        lock (_gate)
        {
            _isDead = true;
            wires = [.. _wires];
        }

        Array.ForEach(wires, wire => wire.Die(isSilent));
    }

    /// <summary>Breaks every connection with a peer.</summary>
    public void Reset(string peer)
    {
        SimulatedWire[] wires;
        lock (_gate) wires = [.. _wires.Where(wire => wire.Peer == peer)];
        var fault = new BusFault(ClusterErrorCodes.ConnectionLost, $"The connection between {Name} and {peer} was reset.", IsTransient: true);
        Array.ForEach(wires, wire => wire.Break(fault));
    }

    /// <summary>Says goodbye to all peers.</summary>
    public void Drain()
    {
        InboundSession[] sessions;
        lock (_gate) sessions = [.. _sessions];
        Array.ForEach(sessions, session => session.Drain());
    }

    private void Knock(PeerAddress address, TaskCompletionSource<PeerLink> answer)
    {
        // The way to a node is known by its name; where nobody listens, by the host's.
        var name = network.Find(address)?.Name ?? address.Host;
        var there = network.NewPipe(self.Node, name);
        var back = network.NewPipe(name, self.Node);
        there.SendMark(() =>
        {
            var outcome = network.Find(address) is { } target ? target.Accept(this, address) : () => throw Unreachable(address, "refused the connection");
            back.SendMark(() =>
            {
                Answer(outcome, answer);
                back.Close();
            });
            there.Close();
        });
    }

    private string Name => self.Node;

    private void Answer(Func<PeerLink> outcome, TaskCompletionSource<PeerLink> answer)
    {
        try
        {
            var link = outcome();
            if (!answer.TrySetResult(link)) link.Wire.Break(Unreachable(new PeerAddress(self.Node, 1), "gave up").Fault);
        }
        catch (BusException error)
        {
            answer.TrySetException(error);
        }
    }

    private Func<PeerLink> Accept(SimulatedNode caller, PeerAddress address)
    {
        if (!BusProtocol.Knows(caller.Self.Protocol)) return () => throw Refused(ClusterErrorCodes.VersionRefused, address, "the version is unknown");
        if (address.Incarnation is { } expected && expected != self.Incarnation)
            return () => throw Refused(ClusterErrorCodes.IdentityRefused, address, $"{self} answers there");

        var (client, server) = SimulatedWire.Pair(network, caller.Name, self.Node);
        var session = new InboundSession(caller.Self, receiver, network.Options, network.Time, OnEnded);
        caller.Own(client);
        Own(server);
        lock (_gate) _sessions.Add(session);
        session.Open(server);
        observe?.Invoke(new BusEvent.Accepted(caller.Self));
        return () => new PeerLink(self, BusWindow.Of(network.Options), client);
    }

    private void OnEnded(InboundSession session, BusFault? fault)
    {
        lock (_gate) _sessions.Remove(session);
        observe?.Invoke(new BusEvent.Ended(session.Peer, fault));
    }

    private PeerIdentity Self => self;

    private void Own(SimulatedWire wire)
    {
        lock (_gate)
        {
            _wires.RemoveAll(old => old.IsOver);
            _wires.Add(wire);
        }
    }

    private static BusException Unreachable(PeerAddress address, string how) => new(new BusFault(
        ClusterErrorCodes.PeerUnreachable, $"The simulated peer {address} {how}.", IsTransient: true));

    private static BusException Refused(string code, PeerAddress address, string why) => new(new BusFault(
        code, $"The simulated peer {address} refused the connection: {why}.", IsTransient: false));
}
