namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>The messages to one shard: those that wait, in order, and what is under way of its share of the window.</summary>
internal sealed class ShardLane
{
    private PendingMessage? _last;

    /// <summary>The message that is sent next.</summary>
    public PendingMessage? First { get; private set; }

    /// <summary>Messages under way.</summary>
    public int Frames { get; private set; }

    /// <summary>Their cost.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether the lane stands in the queue of lanes that may send.</summary>
    public bool IsReady { get; set; }

    public void Add(PendingMessage message)
    {
        message.IsWaiting = true;
        message.Previous = _last;
        if (_last is null) First = message;
        else _last.Next = message;
        _last = message;
    }

    public void Remove(PendingMessage message)
    {
        message.IsWaiting = false;
        if (message.Previous is null) First = message.Next;
        else message.Previous.Next = message.Next;
        if (message.Next is null) _last = message.Previous;
        else message.Next.Previous = message.Previous;
        message.Next = message.Previous = null;
    }

    /// <summary>Whether the first message fits the share; alone it always does.</summary>
    public bool HasRoom(BusOptions options) =>
        First is { } first && (Frames == 0 || (Frames < options.ShardWindowFrames && Bytes + first.Cost <= options.ShardWindowBytes));

    public void Sent(PendingMessage message)
    {
        Frames++;
        Bytes += message.Cost;
    }

    public void Released(PendingMessage message)
    {
        Frames--;
        Bytes -= message.Cost;
    }
}
