namespace Orchestrator.Actors.Persistence;

/// <summary>Turns new events into stored form: numbered, dated and linked to the hash chain.</summary>
internal static class EventSealer
{
    public static List<JournalEvent> Seal<TEvent>(
        IReadOnlyList<TEvent> events, IEventCodec<TEvent> codec, PersistenceId id, long afterNr, byte[] afterHash,
        long epoch, DateTimeOffset at, byte[] meta)
    {
        var result = new List<JournalEvent>(events.Count);
        var (number, hash) = (afterNr, afterHash);
        foreach (var @event in events)
        {
            var encoded = codec.Encode(@event);
            var payloadHash = HashChain.HashPayload(encoded.Payload);
            hash = HashChain.Next(hash, id, ++number, epoch, encoded.TypeId, encoded.TypeVersion, at, meta, payloadHash);
            result.Add(new JournalEvent(
                id, number, epoch, encoded.TypeId, encoded.TypeVersion, at, meta, encoded.Payload, payloadHash, hash));
        }

        return result;
    }
}
