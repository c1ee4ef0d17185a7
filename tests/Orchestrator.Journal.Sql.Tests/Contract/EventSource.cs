using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

/// <summary>Makes valid events of one entity, in order.</summary>
public sealed class EventSource(int kind, string name)
{
    private byte[] _hash = HashChain.Genesis(new PersistenceId(kind, name));

    public static DateTimeOffset Start { get; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public PersistenceId Id { get; } = new(kind, name);

    public long SequenceNr { get; private set; }

    public byte[] Hash => _hash;

    public JournalEvent Next(long epoch, string payload = "payload", DateTimeOffset? at = null)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(payload);
        var payloadHash = HashChain.HashPayload(bytes);
        var time = at ?? Start.AddSeconds(SequenceNr);
        byte[] meta = [1, 2, 3];
        _hash = HashChain.Next(_hash, Id, ++SequenceNr, epoch, 42, 3, time, meta, payloadHash);
        return new JournalEvent(Id, SequenceNr, epoch, 42, 3, time, meta, bytes, payloadHash, _hash);
    }

    public JournalEvent[] Next(long epoch, int count) => [.. Enumerable.Range(0, count).Select(i => Next(epoch, $"payload {i}"))];

    public JournalSnapshot Snapshot(string state) =>
        new(Id, SequenceNr, 1, _hash, Start, System.Text.Encoding.UTF8.GetBytes(state));
}
