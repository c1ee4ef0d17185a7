using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;

namespace Orchestrator.Journal.Sql.Verification;

/// <summary>The state of a walk: what the next row of the shard must look like.</summary>
internal sealed class VerificationWalk(IProgress<long>? progress)
{
    private const int ProgressInterval = 10_000;
    private readonly Dictionary<PersistenceId, (long SequenceNr, byte[] Hash)> _tips = [];
    private readonly Dictionary<(PersistenceId Id, long SequenceNr), StoredSnapshot> _snapshots = [];
    private StoredShard _shard = new(0, 0, 0, null);
    private StoredRow? _last;
    private byte[] _chain = [];
    private long _entities;
    private long _snapshotsVerified;
    private long _shredded;

    public long EventsVerified { get; private set; }

    private long Expected => (_last?.Position ?? 0) + 1;

    public void Begin(StoredShard shard)
    {
        _entities += _tips.Count;
        _tips.Clear();
        _snapshots.Clear();
        _shard = shard;
        _last = null;
        _chain = ShardChain.Genesis(shard.ShardId);
    }

    public void Expect(StoredSnapshot snapshot) => _snapshots[(snapshot.Id, snapshot.SequenceNr)] = snapshot;

    /// <summary>The sequence number the entity's next event must have.</summary>
    public long NextSequence(PersistenceId id) => Tip(id).SequenceNr + 1;

    /// <summary>Checks a row, and takes it into the histories if it is good.</summary>
    public JournalDamage? Check(StoredRow row)
    {
        var damage = CheckPlace(row) ?? CheckEvent(row, row.Event!);
        if (damage is null)
        {
            Accept(row, row.Event!);
            damage = CheckSnapshot(row.Event!);
        }

        return damage;
    }

    /// <summary>Checks what only the end of the shard shows.</summary>
    public JournalDamage? End()
    {
        if (Expected - 1 != _shard.Head)
        {
            return At(Expected, DamageKind.CutTail, null, null,
                $"The shard's head is {_shard.Head}, its last event stands at {Expected - 1}.");
        }

        foreach (var left in _snapshots.Values)
        {
            return At(_shard.Head, DamageKind.BadSnapshot, left.Id, left.SequenceNr, "The snapshot's event is not in the history.");
        }

        return _shard.Chain is null || _shard.Chain.AsSpan().SequenceEqual(_chain)
            ? null
            : At(_shard.Head, DamageKind.AlteredShard, null, null,
                "Each event fits its entity, but together they are not what was stored: events of different entities changed "
                + "places, or the head was set back together with the tail.");
    }

    public JournalDamage Unreadable(string why) => At(Expected, DamageKind.Unreadable, null, null, why);

    public VerificationReport Report(JournalDamage? damage) =>
        new(EventsVerified, _entities + _tips.Count, _snapshotsVerified, _shredded, damage);

    private JournalDamage? CheckPlace(StoredRow row)
    {
        if (row.Position != Expected)
        {
            return row.Position < 1
                ? At(row.Position, DamageKind.StrayRows, null, null, "Positions begin at 1.")
                : At(Expected, DamageKind.MissingRow, null, null, $"The next event stands at position {row.Position}.");
        }

        if (row.Position > _shard.Head)
        {
            return At(row, DamageKind.StrayRows, $"The shard's head is {_shard.Head}.");
        }

        if (row.EntityShard != _shard.ShardId)
        {
            return At(row, DamageKind.ForeignEntity,
                row.EntityShard is { } other ? $"The entity lives in shard {other}." : "The entity is unknown.");
        }

        return row.Event is null ? At(row, DamageKind.AlteredEvent, "Its columns do not make an event.") : null;
    }

    private JournalDamage? CheckEvent(StoredRow row, JournalEvent stored)
    {
        var tip = Tip(stored.Id);
        if (stored.SequenceNr != tip.SequenceNr + 1)
        {
            return WrongSequence(row, stored, tip);
        }

        if (!ChainHolds(tip.Hash, stored))
        {
            return At(row, DamageKind.AlteredEvent, "Its hash does not follow from its contents and the event before it.");
        }

        if (stored.Payload is { } payload && !HashChain.HashPayload(payload).AsSpan().SequenceEqual(stored.PayloadHash))
        {
            return At(row, DamageKind.AlteredPayload, "The payload does not have the hash that is in the chain.");
        }

        return CheckOrder(row, stored);
    }

    private JournalDamage? CheckOrder(StoredRow row, JournalEvent stored)
    {
        if (_last is { } last && row.Order <= last.Order)
        {
            // The row before came too early or this one too late; the earlier of the two places is the first bad one.
            EventsVerified--;
            return At(last, DamageKind.SwappedRows, $"It was stored after the event that now stands at position {row.Position}.");
        }

        if (row.Link is { } link && link != ShardChain.Link(ShardChain.Next(_chain, row.Position, stored.Hash)))
        {
            return At(row, DamageKind.SwappedRows, "It is not the event that was stored at this position.");
        }

        var lastEpoch = _last?.Event?.Epoch ?? 0;
        return stored.Epoch >= lastEpoch && stored.Epoch <= _shard.Epoch
            ? null
            : At(row, DamageKind.EpochOutOfOrder,
                $"Its epoch is {stored.Epoch}, the event before has {lastEpoch}, the shard was granted {_shard.Epoch}.");
    }

    private JournalDamage WrongSequence(StoredRow row, JournalEvent stored, (long SequenceNr, byte[] Hash) tip)
    {
        var expected = tip.SequenceNr + 1;
        if (stored.SequenceNr < expected || ChainHolds(tip.Hash, stored with { SequenceNr = expected }))
        {
            return At(row, DamageKind.AlteredEvent, $"Its sequence number is {stored.SequenceNr}, the history goes on with {expected}.");
        }

        return At(row.Position, DamageKind.MissingRow, stored.Id, expected, $"Event {stored.SequenceNr} stands in its place.");
    }

    private JournalDamage? CheckSnapshot(JournalEvent stored)
    {
        if (!_snapshots.Remove((stored.Id, stored.SequenceNr), out var snapshot))
        {
            return null;
        }

        if (!snapshot.EventHash.AsSpan().SequenceEqual(stored.Hash))
        {
            return At(stored.Position, DamageKind.BadSnapshot, stored.Id, stored.SequenceNr, "The snapshot is of another history.");
        }

        _snapshotsVerified++;
        return snapshot.PayloadIsIntact
            ? null
            : At(stored.Position, DamageKind.BadSnapshot, stored.Id, stored.SequenceNr,
                "The snapshot's bytes changed. It is not used for recovery; delete it.");
    }

    private void Accept(StoredRow row, JournalEvent stored)
    {
        _tips[stored.Id] = (stored.SequenceNr, stored.Hash);
        _chain = ShardChain.Next(_chain, row.Position, stored.Hash);
        _shredded += stored.Payload is null ? 1 : 0;
        _last = row;
        if (++EventsVerified % ProgressInterval == 0)
        {
            progress?.Report(EventsVerified);
        }
    }

    private (long SequenceNr, byte[] Hash) Tip(PersistenceId id) =>
        _tips.TryGetValue(id, out var tip) ? tip : (0, HashChain.Genesis(id));

    private static bool ChainHolds(byte[] previous, JournalEvent stored) =>
        HashChain.Next(previous, stored.Id, stored.SequenceNr, stored.Epoch, stored.TypeId, stored.TypeVersion, stored.At,
            stored.Meta, stored.PayloadHash).AsSpan().SequenceEqual(stored.Hash);

    private JournalDamage At(StoredRow row, DamageKind kind, string details) =>
        At(row.Position, kind, row.Event?.Id, row.Event?.SequenceNr, details);

    private JournalDamage At(long position, DamageKind kind, PersistenceId? entity, long? sequence, string details) =>
        new(kind, _shard.ShardId, position, entity, sequence, details);
}
