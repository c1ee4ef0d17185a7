using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Append;

/// <summary>Refuses bad input at the edge, whatever the database behind.</summary>
internal static class AppendCheck
{
    private const int HashLength = 32;

    /// <summary>Checks everything of an append that can be judged without reading the store.</summary>
    public static void Check(IReadOnlyList<ShardAppend> appends, int shardCount)
    {
        ArgumentNullException.ThrowIfNull(appends);
        foreach (var append in appends)
        {
            ArgumentNullException.ThrowIfNull(append, nameof(appends));
            CheckShard(append.ShardId, shardCount);
            foreach (var stored in append.Events)
            {
                CheckEvent(stored, append.Epoch);
            }

            foreach (var change in append.Reminders)
            {
                CheckReminder(change);
            }

            MessageCheck.Check(append);
        }
    }

    /// <summary>Refuses a shard the store does not have.</summary>
    public static void CheckShard(int shardId, int shardCount)
    {
        if (shardId < 0 || shardId >= shardCount)
        {
            throw new ArgumentOutOfRangeException(
                nameof(shardId), shardId, $"The journal has the shards 0 to {shardCount - 1}.");
        }
    }

    /// <summary>Refuses a read of no events.</summary>
    public static void CheckLimit(int limit) => ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);

    /// <summary>Refuses an entity name the store could not keep exactly.</summary>
    public static void CheckId(PersistenceId id) => CheckName(id.Name, "entity");

    /// <summary>Refuses a snapshot the store could not keep exactly.</summary>
    public static void CheckSnapshot(JournalSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        CheckId(snapshot.Id);
        CheckLength(snapshot.Payload, JournalLimits.MaxSnapshotBytes, "snapshot", snapshot.Id);
        CheckHash(snapshot.EventHash, snapshot.Id, snapshot.SequenceNr);
        if (snapshot.SequenceNr < 1)
        {
            throw new ArgumentException($"A snapshot of {snapshot.Id} needs the sequence number of a stored event.");
        }
    }

    private static void CheckEvent(JournalEvent stored, long epoch)
    {
        CheckId(stored.Id);
        CheckLength(stored.Meta, JournalLimits.MaxMetaBytes, "metadata", stored.Id);
        CheckHash(stored.Hash, stored.Id, stored.SequenceNr);
        CheckHash(stored.PayloadHash, stored.Id, stored.SequenceNr);
        if (stored.TypeVersion < 1)
        {
            throw new ArgumentException($"Event {stored.SequenceNr} of {stored.Id} has no type version (from 1).");
        }

        if (stored.Epoch != epoch)
        {
            throw new ArgumentException(
                $"Event {stored.SequenceNr} of {stored.Id} was made under epoch {stored.Epoch}, its append under {epoch}.");
        }

        CheckPayload(stored);
    }

    private static void CheckPayload(JournalEvent stored)
    {
        if (stored.Payload is not { } payload)
        {
            return; // Shredded before it was copied here; its hash still takes part in the chain.
        }

        CheckLength(payload, JournalLimits.MaxPayloadBytes, "payload", stored.Id);
        if (!HashChain.HashPayload(payload).AsSpan().SequenceEqual(stored.PayloadHash))
        {
            throw new ArgumentException($"The payload hash of event {stored.SequenceNr} of {stored.Id} is not the payload's.");
        }
    }

    private static void CheckReminder(ReminderChange change)
    {
        CheckId(change.Id);
        CheckName(change.Name, "reminder");
        if (change.Reminder is not { } reminder)
        {
            return;
        }

        CheckLength(reminder.Payload, JournalLimits.MaxReminderBytes, "reminder payload", change.Id);
        if (reminder.Id != change.Id || reminder.Name != change.Name)
        {
            throw new ArgumentException(
                $"The reminder {reminder.Id} {reminder.Name} was given as a change of {change.Id} {change.Name}.");
        }
    }

    private static void CheckName(string name, string what)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is < 1 or > JournalLimits.MaxNameLength)
        {
            throw new ArgumentException(
                $"The name of the {what} has {name.Length} characters; 1 to {JournalLimits.MaxNameLength} are allowed.");
        }

        if (!IsStorable(name))
        {
            throw new ArgumentException($"The name of the {what} holds a NUL or half a character.");
        }
    }

    // A lone surrogate would become U+FFFD in UTF-8, and NUL ends a text in C: two names would be stored as one.
    private static bool IsStorable(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsHighSurrogate(name[i]) && i + 1 < name.Length && char.IsLowSurrogate(name[i + 1]))
            {
                i++;
            }
            else if (name[i] == '\0' || char.IsSurrogate(name[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static void CheckHash(byte[] hash, PersistenceId id, long sequenceNr)
    {
        if (hash is not { Length: HashLength })
        {
            throw new ArgumentException($"Every hash of {id} at {sequenceNr} has {HashLength} bytes.");
        }
    }

    internal static void CheckLength(byte[] bytes, int limit, string what, PersistenceId id)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (bytes.Length > limit)
        {
            throw new ArgumentException($"The {what} of {id} has {bytes.Length} bytes; {limit} are allowed.");
        }
    }
}
