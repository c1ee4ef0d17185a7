using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Journal.Sql.Tests.Evidence;

/// <summary>Who can write the file and knows the formats: changes history and computes every hash anew.</summary>
internal static class Forger
{
    /// <summary>Changes one event's payload, then all hashes of the shard that follow from it.</summary>
    public static async Task RewriteAsync(JournalDirectory directory, int shard, long position)
    {
        List<JournalEvent> events = [];
        using (var image = SqliteJournalImage.Open(directory.Database))
        {
            await foreach (var row in image.ReadShardAsync(shard, 0, CancellationToken.None))
            {
                events.Add(row.Event!);
            }
        }

        directory.Tamper(SealedJournal.Unlocked);
        Dictionary<PersistenceId, byte[]> tips = [];
        foreach (var old in events)
        {
            var payload = old.Position == position ? "forged"u8.ToArray() : old.Payload!;
            var payloadHash = HashChain.HashPayload(payload);
            tips[old.Id] = HashChain.Next(tips.GetValueOrDefault(old.Id) ?? HashChain.Genesis(old.Id), old.Id, old.SequenceNr, old.Epoch,
                old.TypeId, old.TypeVersion, old.At, old.Meta, payloadHash);
            directory.Tamper("UPDATE journal SET payload = $p, payload_hash = $ph, hash = $h WHERE shard_id = $s AND position = $n",
                ("$p", payload), ("$ph", payloadHash), ("$h", tips[old.Id]), ("$s", shard), ("$n", old.Position));
        }

        await ChainAnewAsync(directory, shard);
    }

    /// <summary>Removes the events behind a position, with the head set back and the shard's running hash computed anew.</summary>
    public static async Task CutAsync(JournalDirectory directory, int shard, long lastPosition)
    {
        directory.Tamper($"""
            {SealedJournal.Unlocked} DELETE FROM journal WHERE shard_id = {shard} AND position > {lastPosition};
            UPDATE shard SET head = {lastPosition} WHERE shard_id = {shard}
            """);
        await ChainAnewAsync(directory, shard);
    }

    private static async Task ChainAnewAsync(JournalDirectory directory, int shard)
    {
        var chain = ShardChain.Genesis(shard);
        using (var image = SqliteJournalImage.Open(directory.Database))
        {
            await foreach (var row in image.ReadShardAsync(shard, 0, CancellationToken.None))
            {
                chain = ShardChain.Next(chain, row.Position, row.Event!.Hash);
            }
        }

        directory.Tamper("UPDATE shard SET chain = $c WHERE shard_id = $s", ("$c", chain), ("$s", shard));
    }
}
