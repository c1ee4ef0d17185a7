namespace Orchestrator.Cluster.Bus;

/// <summary>A command on its way to an entity on another node.</summary>
/// <param name="Shard">The shard of the entity.</param>
/// <param name="EpochKnown">The epoch of the shard that the sender routed by.</param>
/// <param name="EntityKind">The stable number of the entity's kind.</param>
/// <param name="EntityName">The entity, 1 to 200 characters.</param>
/// <param name="Body">The command as its codec wrote it. Must not change while the message is on its way.</param>
/// <param name="TraceParent">The W3C trace context of the sender, if any: at most 64 characters.</param>
/// <param name="HopCount">How often the message was forwarded already; the router refuses after <see cref="MaxHops"/>.</param>
public sealed record BusMessage(
    int Shard, long EpochKnown, int EntityKind, string EntityName, ReadOnlyMemory<byte> Body, string? TraceParent = null, int HopCount = 0)
{
    /// <summary>Forwardings after which a message is refused: longer chains mean that two nodes believe in each other's ownership.</summary>
    public const int MaxHops = 2;

    internal const int MaxNameLength = 200;
    internal const int MaxTraceLength = 64;
    private const int Overhead = 64;

    /// <summary>The bytes that the message takes of a credit window: the same at sender and receiver.</summary>
    internal int Cost => Overhead + EntityName.Length + Body.Length;

    /// <summary>What is wrong with the message, or null.</summary>
    internal string? Problem =>
        EntityName.Length is 0 or > MaxNameLength ? $"an entity's name has 1 to {MaxNameLength} characters"
        : !BusText.IsWellFormed(EntityName) ? "an entity's name has no half surrogate pairs"
        : TraceParent?.Length > MaxTraceLength ? $"a trace context has at most {MaxTraceLength} characters"
        : TraceParent is not null && !BusText.IsWellFormed(TraceParent) ? "a trace context is ASCII"
        : HopCount is < 0 or > byte.MaxValue ? "a hop count is between 0 and 255"
        : null;
}
