namespace Orchestrator.Actors.Persistence;

/// <summary>The end of an entity's history, read without folding it, from one event on.</summary>
/// <param name="First">The event it was read from.</param>
/// <param name="Last">The last one.</param>
internal readonly record struct HistoryTail(JournalEvent First, JournalEvent Last)
{
    private const int PageSize = 500;

    /// <exception cref="RecoveryException">There is no such event, or what follows it does not hold together.</exception>
    public static async Task<HistoryTail> ReadAsync(IJournal journal, PersistenceId id, long from)
    {
        JournalEvent? first = null;
        JournalEvent? last = null;
        IReadOnlyList<JournalEvent> page;
        do
        {
            page = await journal.ReadEntityAsync(id, (last?.SequenceNr ?? from - 1) + 1, PageSize, CancellationToken.None);
            foreach (var stored in page)
            {
                if (stored.SequenceNr != (last?.SequenceNr ?? from - 1) + 1 || (last is not null && !HashChain.Follows(last.Hash, stored)))
                    throw Broken(id, stored.SequenceNr);

                first ??= stored;
                last = stored;
            }
        }
        while (page.Count == PageSize);

        return first is null ? throw Broken(id, from) : new HistoryTail(first, last!);
    }

    /// <summary>The record that passes over <see cref="First"/>, as the next link of the chain.</summary>
    public JournalEvent Skip(string reason, string by, long epoch, DateTimeOffset at)
    {
        var payload = new SkipRecord(First.SequenceNr, First.Hash, reason, by).Encode();
        var payloadHash = HashChain.HashPayload(payload);
        var number = Last.SequenceNr + 1;
        var hash = HashChain.Next(Last.Hash, First.Id, number, epoch, SkipRecord.TypeId, SkipRecord.TypeVersion, at, [], payloadHash);
        return new JournalEvent(First.Id, number, epoch, SkipRecord.TypeId, SkipRecord.TypeVersion, at, [], payload, payloadHash, hash);
    }

    private static RecoveryException Broken(PersistenceId id, long sequenceNr) => new(ActorErrorCodes.HistoryAltered, id, sequenceNr,
        "the history does not hold together there, which passing over an event would hide. Compare the journal with a checkpoint.");
}
