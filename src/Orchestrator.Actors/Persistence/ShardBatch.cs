namespace Orchestrator.Actors.Persistence;

/// <summary>The writes of one commit that go to one shard: stored together or not at all.</summary>
internal sealed class ShardBatch(ShardCursor cursor)
{
    private readonly List<WriterItem.Ticket> _tickets = [];
    private readonly List<JournalEvent> _events = [];
    private readonly List<ReminderChange> _reminders = [];
    private readonly List<OutboxMessage> _outbox = [];
    private readonly List<InboxMark> _inbox = [];

    public ShardCursor Cursor { get; } = cursor;

    public IReadOnlyList<WriterItem.Ticket> Tickets => _tickets;

    /// <summary>Since when its oldest write has waited, on the monotonic clock.</summary>
    public long Since => _tickets[0].EnqueuedAt;

    public int EventCount => _events.Count;

    public JournalEvent LastEvent => _events[^1];

    /// <summary>An attempt was made whose outcome is not known.</summary>
    public bool IsUncertain { get; set; }

    public bool IsDone { get; private set; }

    public void Add(WriterItem.Ticket ticket)
    {
        _tickets.Add(ticket);
        _events.AddRange(ticket.Request.Events);
        _reminders.AddRange(ticket.Request.Reminders);
        _outbox.AddRange(ticket.Request.Outbox);
        _inbox.AddRange(ticket.Request.Inbox);
    }

    /// <summary>The writes by shard, in order.</summary>
    public static List<ShardBatch> Group(IEnumerable<(ShardCursor Cursor, WriterItem.Ticket Ticket)> tickets)
    {
        var batches = new List<ShardBatch>();
        foreach (var (cursor, ticket) in tickets)
        {
            if (batches.Count == 0 || batches[^1].Cursor != cursor)
                batches.Add(new ShardBatch(cursor));

            batches[^1].Add(ticket);
        }

        return batches;
    }

    public ShardAppend ToAppend() => new(Cursor.ShardId, Cursor.Epoch, Cursor.Head, _events, _reminders) { Outbox = _outbox, Inbox = _inbox };

    public void CompleteStored()
    {
        Cursor.Head += EventCount;
        Cursor.IsSuspect = false;
        Complete(WriteResult.Stored);
    }

    /// <summary>Completes every ticket; the first call counts.</summary>
    public void Complete(in WriteResult result)
    {
        IsDone = true;
        foreach (var ticket in _tickets)
            ticket.Complete(result);
    }
}
