namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>What a receiver grants a sender when they connect.</summary>
/// <param name="Frames">Messages under way.</param>
/// <param name="Bytes">Their cost.</param>
/// <param name="MaxFrameBytes">The longest frame.</param>
internal readonly record struct BusWindow(int Frames, long Bytes, int MaxFrameBytes)
{
    public static BusWindow Of(BusOptions options) => new(options.WindowFrames, options.WindowBytes, options.MaxFrameBytes);
}
