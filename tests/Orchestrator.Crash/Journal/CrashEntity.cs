using System.Buffers.Binary;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Crash.Journal;

/// <summary>Makes the events of one entity; their metadata tells which event of how many of an append each one is.</summary>
public sealed class CrashEntity(PersistenceId id)
{
    private long _sequenceNr;
    private byte[] _hash = HashChain.Genesis(id);

    /// <summary>Catches up with what is stored.</summary>
    public async Task RecoverAsync(IJournal journal)
    {
        const int Page = 1000;
        IReadOnlyList<JournalEvent> page;
        do
        {
            page = await journal.ReadEntityAsync(id, _sequenceNr + 1, Page, CancellationToken.None);
            (_sequenceNr, _hash) = page is [.., var last] ? (last.SequenceNr, last.Hash) : (_sequenceNr, _hash);
        }
        while (page.Count == Page);
    }

    /// <summary>The next event, as part <paramref name="index"/> of <paramref name="count"/> of an append to a shard.</summary>
    public JournalEvent Next(long epoch, DateTimeOffset at, byte[] payload, int index = 0, int count = 1)
    {
        var meta = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(meta, index);
        BinaryPrimitives.WriteInt32BigEndian(meta.AsSpan(4), count);
        var payloadHash = HashChain.HashPayload(payload);
        _hash = HashChain.Next(_hash, id, ++_sequenceNr, epoch, 7, 1, at, meta, payloadHash);
        return new JournalEvent(id, _sequenceNr, epoch, 7, 1, at, meta, payload, payloadHash, _hash);
    }

    /// <summary>Whether the event was the last of its append.</summary>
    public static bool EndsAppend(JournalEvent stored) =>
        BinaryPrimitives.ReadInt32BigEndian(stored.Meta) + 1 == BinaryPrimitives.ReadInt32BigEndian(stored.Meta.AsSpan(4));
}
