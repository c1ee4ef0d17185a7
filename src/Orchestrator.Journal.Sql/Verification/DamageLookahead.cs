using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Verification;

/// <summary>Looks at the rows after a gap, to tell which event is gone and whether it is gone or only stands elsewhere.</summary>
internal sealed class DamageLookahead(JournalDamage damage, VerificationWalk walk, IAsyncEnumerator<StoredRow> rows)
{
    private readonly Dictionary<PersistenceId, long> _next = [];

    /// <summary>Completes a <see cref="DamageKind.MissingRow"/>; other damage is complete already.</summary>
    public async Task<JournalDamage> CompleteAsync()
    {
        if (damage.Kind != DamageKind.MissingRow)
        {
            return damage;
        }

        do
        {
            if (rows.Current.Event is { } stored && Judge(rows.Current, stored) is { } complete)
            {
                return complete;
            }
        }
        while (await rows.MoveNextAsync());
        return damage;
    }

    private JournalDamage? Judge(StoredRow row, JournalEvent stored) =>
        damage.Entity is null ? FindSkipped(stored) : FindMoved(row, stored);

    // A position is skipped: the first entity that skips a sequence number after it has lost the event.
    private JournalDamage? FindSkipped(JournalEvent stored)
    {
        var expected = _next.GetValueOrDefault(stored.Id, walk.NextSequence(stored.Id));
        _next[stored.Id] = stored.SequenceNr + 1;
        return stored.SequenceNr > expected ? damage with { Entity = stored.Id, SequenceNr = expected } : null;
    }

    // A sequence number is skipped: if it comes later, the rows changed places.
    private JournalDamage? FindMoved(StoredRow row, JournalEvent stored) =>
        stored.Id == damage.Entity && stored.SequenceNr == damage.SequenceNr
            ? damage with { Kind = DamageKind.SwappedRows, Details = $"{damage.Details} It stands at position {row.Position}." }
            : null;
}
