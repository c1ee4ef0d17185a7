using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence.Merkle;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>Which payloads are known to have been removed; checked against the checkpoints like the events. Pure.</summary>
internal sealed class ShreddingRecord(CheckpointLedger ledger)
{
    private readonly Dictionary<PersistenceId, List<(long First, long Last)>> _ranges = [];
    private readonly MerkleFrontier _tree = new();
    private int _next;

    /// <summary>Takes in the next note.</summary>
    public JournalDamage? Add(ShreddingNote note)
    {
        if (note.Number != _tree.Size + 1)
        {
            return Bad($"The shredding note {_tree.Size + 1} is missing.");
        }

        _tree.Append(note.Hash());
        if (_next < ledger.OfShreddings.Count && ledger.OfShreddings[_next].Tree.Size == _tree.Size
            && !_tree.Head().Equals(ledger.OfShreddings[_next++].Tree))
        {
            return Bad($"The shredding notes up to {_tree.Size} are not those that were sealed.");
        }

        if (!_ranges.TryGetValue(note.Id, out var ranges))
        {
            _ranges.Add(note.Id, ranges = []);
        }

        ranges.Add((note.First, note.Last));
        return null;
    }

    /// <summary>After the last note: everything sealed must have been there.</summary>
    public JournalDamage? End() => _next == ledger.OfShreddings.Count
        ? null
        : Bad($"There are {_tree.Size} shredding notes, {ledger.OfShreddings[_next]} sealed {ledger.OfShreddings[_next].Tree.Size}.");

    public bool Covers(PersistenceId id, long sequenceNr) =>
        _ranges.TryGetValue(id, out var ranges) && ranges.Exists(range => range.First <= sequenceNr && sequenceNr <= range.Last);

    private JournalDamage Bad(string details) => new(DamageKind.BadShreddingNote, 0, 0, null, null, details)
    {
        Checkpoint = _next < ledger.OfShreddings.Count ? ledger.OfShreddings[_next].Checkpoint : null,
    };
}
