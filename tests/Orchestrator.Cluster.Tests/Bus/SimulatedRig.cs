using Orchestrator.Cluster.Bus;
using Orchestrator.TestKit;
using Orchestrator.TestKit.Network;

namespace Orchestrator.Cluster.Tests.Bus;

/// <summary>Two nodes on a simulated network, in virtual time.</summary>
public sealed class SimulatedRig : BusRig
{
    private static readonly PeerAddress AddressOfA = new("a", 1);
    private static readonly PeerAddress AddressOfB = new("b", 1);
    private readonly ManualTime _time = new();
    private readonly DeterministicDispatcher _loop;
    private readonly SeededRandom _random;
    private SimulatedNetwork? _network;
    private IPeerTransport? _transport;

    internal SimulatedRig(long seed = 1)
    {
        _loop = new DeterministicDispatcher(seed, _time);
        _random = new SeededRandom(seed);
    }

    internal DeterministicDispatcher Loop => _loop;

    internal ManualTime Time => _time;

    internal SimulatedNetwork Network => _network ??= new SimulatedNetwork(_time, _random, Options);

    internal override Task RunAsync(Func<Task> steps) => _loop.RunAsync(steps, TimeSpan.FromMinutes(5));

    internal override Task ListenAsync()
    {
        Network.Join(B, AddressOfB, Receiver, EventsOfB.Add);
        return Task.CompletedTask;
    }

    internal override IPeerConnection Connect(Guid? expected = null)
    {
        _transport ??= Network.Join(A, AddressOfA, new TestReceiver(), EventsOfA.Add);
        return _transport.Connect(AddressOfB with { Incarnation = expected });
    }

    internal override void BreakConnections() => Network.Reset(AddressOfB, "a");

    internal override void Silence()
    {
        Network.Cut("a", "b");
        Network.Cut("b", "a");
    }

    internal override Task DrainAsync()
    {
        Network.Drain(AddressOfB);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
