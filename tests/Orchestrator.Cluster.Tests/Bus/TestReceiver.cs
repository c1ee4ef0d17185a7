using Orchestrator.Cluster.Bus;

namespace Orchestrator.Cluster.Tests.Bus;

/// <summary>Keeps what arrives, and answers what it is told to; what it is not told to answer waits for the test.</summary>
internal sealed class TestReceiver : IBusReceiver
{
    public AwaitableLog<BusDelivery> Arrived { get; } = new();

    /// <summary>The answer to a message; null leaves it open. Echoes by default.</summary>
    public Func<BusDelivery, BusOutcome?> Answer { get; set; } = delivery => new BusOutcome.Ok(delivery.Message.Body);

    public IReadOnlyList<string> Names => [.. Arrived.Items.Select(delivery => delivery.Message.EntityName)];

    public void Receive(BusDelivery delivery)
    {
        // Answered first: whoever waits for the arrival may rely on the answer.
        if (Answer(delivery) is { } outcome) delivery.Complete(outcome);
        Arrived.Add(delivery);
    }
}
