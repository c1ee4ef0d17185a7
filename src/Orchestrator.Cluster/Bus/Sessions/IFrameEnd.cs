using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>One end of a connection, above the wire: gives frames to write, takes frames that arrived.</summary>
internal interface IFrameEnd
{
    /// <summary>The next frame to write. Called by one writer at a time.</summary>
    bool TryTake([NotNullWhen(true)] out BusFrame? frame);

    /// <summary>Takes a frame, in the order of arrival, one at a time.</summary>
    /// <exception cref="BusException">The peer breaks the rules, or said goodbye for good: the wire ends with this fault.</exception>
    void OnFrame(BusFrame frame);

    /// <summary>The peer has ended its direction in good order.</summary>
    void OnInputEnded();

    /// <summary>The wire is gone; called once, last.</summary>
    /// <param name="fault">Why; null when both directions ended in good order.</param>
    void OnEnded(BusFault? fault);
}
