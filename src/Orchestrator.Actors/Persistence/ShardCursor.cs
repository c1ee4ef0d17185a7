namespace Orchestrator.Actors.Persistence;

/// <summary>Where the writer stands in one shard under one grant. What any thread may read says so; the rest belongs to the writer's loop.</summary>
internal sealed class ShardCursor(ShardGrant grant)
{
    private long _head = grant.Head;
    private volatile string? _lostCode;
    private volatile bool _isDraining;

    public int ShardId { get; } = grant.ShardId;

    public long Epoch { get; } = grant.Epoch;

    /// <summary>The last position known to be durable. Written by the writer's loop before anybody gets an answer; read by any thread.</summary>
    public long Head
    {
        get => Volatile.Read(ref _head);
        set => Volatile.Write(ref _head, value);
    }

    /// <summary>A write was given up without knowing its outcome: read the head before the next one.</summary>
    public bool NeedsSync { get; set; }

    /// <summary>A write that was given up may still land; cleared by the next success.</summary>
    public bool IsSuspect { get; set; }

    /// <summary>Why the shard may not be written any more; null while owned. Read by any thread.</summary>
    public string? LostCode
    {
        get => _lostCode;
        set => _lostCode = value;
    }

    /// <summary>On its way to another node: its entities end what they do and take nothing new. Read by any thread.</summary>
    public bool IsDraining
    {
        get => _isDraining;
        set => _isDraining = value;
    }

    /// <summary>Whether the shard's entities take messages here. Read by any thread.</summary>
    public bool IsServing => _lostCode is null && !_isDraining;
}
