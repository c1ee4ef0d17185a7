namespace Orchestrator.Cluster.Bus;

/// <summary>The versions of the bus protocol this build speaks.</summary>
/// <remarks>Version 1: the frames of <see cref="BusFrame"/> as <see cref="BusFrameCodec"/> writes them.</remarks>
public static class BusProtocol
{
    /// <summary>The version this build offers.</summary>
    public const int Current = 1;

    /// <summary>The oldest version this build still understands.</summary>
    public const int Oldest = 1;

    /// <summary>Whether this build can talk to a peer of a version.</summary>
    /// <param name="version">The peer's.</param>
    public static bool Knows(int version) => version is >= Oldest and <= Current;
}
