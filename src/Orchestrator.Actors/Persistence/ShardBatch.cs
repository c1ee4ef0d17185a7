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
