namespace Orchestrator.Cluster.Bus;

/// <summary>The limits of the bus. Memory per connection is bounded by the windows, the waiting limits and two frames.</summary>
public sealed record BusOptions
{
    private const int MinFrameBytes = 4096;

    /// <summary>The longest frame: 4 MiB.</summary>
    public int MaxFrameBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Messages a peer may have under way to this node on one connection: 1024.</summary>
    public int WindowFrames { get; init; } = 1024;

    /// <summary>Their bytes: 8 MiB.</summary>
    public long WindowBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Of its window to a peer, the messages a sender uses for one shard: 256. So a slow shard leaves the others their share.</summary>
    public int ShardWindowFrames { get; init; } = 256;

    /// <summary>Their bytes: 2 MiB; a single longer message is sent alone.</summary>
    public long ShardWindowBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Messages that may wait at the sender, for one peer, for credit or for the connection: 4096; beyond, they are refused as busy.</summary>
    public int WaitingFrames { get; init; } = 4096;

    /// <summary>Their bytes: 16 MiB.</summary>
    public long WaitingBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of answers that may wait for a peer to read them: 64 MiB; beyond, the connection is closed.</summary>
    public long ReplyBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long connecting may take: 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The pause before the second attempt to connect: 0.1 s; it doubles with each failure, and half of it is jitter.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between attempts to connect: 5 s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a sign of life is asked for: 3 s.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The silence after which a peer counts as gone: 10 s.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How far beyond its deadline a message may stay unfinished at the receiver before the sender gives the connection up: 30 s.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long messages under way may take to end when a connection is closed: 5 s.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Checks the limits against each other.</summary>
    /// <exception cref="ArgumentException">Naming the limit that is at fault.</exception>
    public BusOptions Validated()
    {
        Require(MaxFrameBytes >= MinFrameBytes, nameof(MaxFrameBytes), $"at least {MinFrameBytes}");
        Require(WindowFrames >= 1, nameof(WindowFrames), "at least 1");
        Require(WindowBytes >= MaxFrameBytes, nameof(WindowBytes), $"at least {nameof(MaxFrameBytes)}");
        Require(ShardWindowFrames >= 1, nameof(ShardWindowFrames), "at least 1");
        Require(ShardWindowBytes >= 1, nameof(ShardWindowBytes), "at least 1");
        Require(WaitingFrames >= 1, nameof(WaitingFrames), "at least 1");
        Require(WaitingBytes >= MaxFrameBytes, nameof(WaitingBytes), $"at least {nameof(MaxFrameBytes)}");
        Require(ReplyBytes >= MaxFrameBytes, nameof(ReplyBytes), $"at least {nameof(MaxFrameBytes)}");
        Require(BackoffMin > TimeSpan.Zero && BackoffMax >= BackoffMin, nameof(BackoffMax), $"at least {nameof(BackoffMin)}, which is positive");
        Require(PingInterval > TimeSpan.Zero && SilenceLimit > PingInterval, nameof(SilenceLimit), $"more than {nameof(PingInterval)}");
        Require(ConnectTimeout > TimeSpan.Zero, nameof(ConnectTimeout), "positive");
        return this;
    }

    private static void Require(bool isMet, string name, string needed)
    {
        if (!isMet) throw new ArgumentException($"BusOptions.{name} must be {needed}.", name);
    }
}
