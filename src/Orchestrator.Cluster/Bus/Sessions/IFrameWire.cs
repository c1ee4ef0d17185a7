namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>What carries frames between two ends, in order.</summary>
internal interface IFrameWire
{
    /// <summary>Begins to carry for this end.</summary>
    void Start(IFrameEnd end);

    /// <summary>There may be something to take. Cheap, never blocks, from any thread.</summary>
    void Wake();

    /// <summary>Ends this direction once everything there is to take is written. Repeating it does nothing.</summary>
    void Finish();

    /// <summary>Ends both directions at once. The first fault counts.</summary>
    void Break(BusFault fault);
}
