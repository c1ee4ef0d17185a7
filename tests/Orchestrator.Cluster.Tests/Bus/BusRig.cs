using Orchestrator.Cluster.Bus;

namespace Orchestrator.Cluster.Tests.Bus;

/// <summary>Two nodes, "a" that sends and "b" that receives, over some transport.</summary>
public abstract class BusRig : IAsyncDisposable
{
    internal static readonly Guid IncarnationA = new("aaaaaaaa-0000-0000-0000-000000000001");
    internal static readonly Guid IncarnationB = new("bbbbbbbb-0000-0000-0000-000000000002");

    internal TestReceiver Receiver { get; } = new();

    internal AwaitableLog<BusEvent> EventsOfA { get; } = new();

    internal AwaitableLog<BusEvent> EventsOfB { get; } = new();

    internal BusOptions Options { get; init; } = new();

    internal PeerIdentity A { get; init; } = new("a", IncarnationA, "berlin", "berlin-1", "1.0.0");

    internal PeerIdentity B { get; } = new("b", IncarnationB, "hamburg", "hamburg-2", "1.0.1");

    /// <summary>Runs a test's steps where the transport needs them, within a time that only a failure needs.</summary>
    internal abstract Task RunAsync(Func<Task> steps);

    /// <summary>Starts b.</summary>
    internal abstract Task ListenAsync();

    internal abstract IPeerConnection Connect(Guid? expected = null);

    /// <summary>Breaks every connection between the two.</summary>
    internal abstract void BreakConnections();

    /// <summary>Lets nothing through any more, without ending anything.</summary>
    internal abstract void Silence();

    /// <summary>Has b ask for no more messages and leave; ends when it has, if it does so in one step.</summary>
    internal abstract Task DrainAsync();

    public abstract ValueTask DisposeAsync();

    internal static BusMessage Message(string name = "web-1", int shard = 7, int bytes = 3) => new(shard, 42, 3, name, new byte[bytes]);
}
