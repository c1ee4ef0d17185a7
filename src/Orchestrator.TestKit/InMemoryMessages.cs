using Orchestrator.Actors.Persistence;

namespace Orchestrator.TestKit;

/// <summary>Outbox and inbox of an <see cref="InMemoryStore"/>. Not safe for concurrent use.</summary>
internal sealed class InMemoryMessages
{
    private readonly SortedDictionary<(int Shard, long Position, short Ordinal), OutboxEntry> _outbox = [];
    private readonly Dictionary<(PersistenceId To, PersistenceId From), InboxMark> _inbox = [];

    public IEnumerable<OutboxMessage> Waiting => _outbox.Values.Select(entry => entry.Message);

    public void Add(ShardAppend append)
    {
        foreach (var message in append.Outbox)
        {
            var index = append.Events.Select((stored, i) => (stored, i))
                .First(at => message.IsSentBy(at.stored)).i;
            var entry = new OutboxEntry(append.ShardId, append.ExpectedHead + 1 + index, message);
            _outbox.Add(PlaceOf(entry), entry);
        }

        foreach (var mark in append.Inbox)
        {
            if (!_inbox.TryGetValue((mark.To, mark.From), out var known) || IsAfter(mark, known))
                _inbox[(mark.To, mark.From)] = mark;
        }
    }

    public IEnumerable<OutboxEntry> Read(OutboxQuery query) => _outbox
        .Where(row => query.Shards.Contains(row.Key.Shard) && (query.To is null || row.Value.Message.To == query.To)
            && (query.After is null || row.Key.CompareTo(PlaceOf(query.After)) > 0))
        .Select(row => row.Value).Take(query.Limit);

    public void Remove(IReadOnlyList<OutboxKey> delivered)
    {
        var keys = delivered.ToHashSet();
        foreach (var place in _outbox.Where(row => keys.Contains(row.Value.Message.Key)).Select(row => row.Key).ToList())
            _outbox.Remove(place);
    }

    /// <summary>Drops what lost events had sent.</summary>
    public void Rewind(int shardId, long head)
    {
        foreach (var place in _outbox.Keys.Where(place => place.Shard == shardId && place.Position > head).ToList())
            _outbox.Remove(place);
    }

    public IEnumerable<InboxMark> MarksOf(PersistenceId to) => _inbox.Values.Where(mark => mark.To == to);

    private static (int, long, short) PlaceOf(OutboxEntry entry) => (entry.ShardId, entry.Position, entry.Message.Ordinal);

    private static bool IsAfter(InboxMark mark, InboxMark known) =>
        (mark.SequenceNr, mark.Ordinal).CompareTo((known.SequenceNr, known.Ordinal)) > 0;
}
