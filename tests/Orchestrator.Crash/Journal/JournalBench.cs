using System.Globalization;
using Microsoft.Data.Sqlite;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Crash.Journal;

/// <summary>Events per second through the journal, against the same inserts written bare.</summary>
public static class JournalBench
{
    private const int PayloadLength = 200;

    /// <summary>The verb: <c>journal-bench [SECONDS]</c> per figure.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var time = TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 3);
        Console.WriteLine("batch | AppendAsync ev/s (p50/p99 ms) | 8 shards ev/s | bare inserts ev/s (p50/p99 ms)");
        foreach (var batch in new[] { 1, 10, 100, 1000 })
        {
            var journal = await MeasureAsync(batch, 1, time);
            var spread = batch >= 8 ? (await MeasureAsync(batch, 8, time)).ToString() : "-";
            var path = await PrepareAsync();
            Console.WriteLine($"{batch,5} | {journal} | {spread} | {MeasureBare(batch, time, path)}");
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }

        return 0;
    }

    private static async Task<string> PrepareAsync()
    {
        var path = NewPath();
        await (await SqliteJournal.OpenAsync(path, 8, TimeProvider.System)).DisposeAsync();
        return path;
    }

    private static async Task<Rate> MeasureAsync(int batch, int shards, TimeSpan time)
    {
        var path = NewPath();
        await using var journal = await SqliteJournal.OpenAsync(path, 8, TimeProvider.System);
        var grants = (await journal.AcquireAsync([.. Enumerable.Range(0, shards)], CancellationToken.None)).ToArray();
        var entities = grants.Select(g => new CrashEntity(new PersistenceId(1, $"machine-{g.ShardId}"))).ToArray();
        var rate = new Rate();
        while (rate.Elapsed < time)
        {
            var appends = grants.Select((g, i) => NextAppend(g, entities[i], batch / shards)).ToArray();
            grants = [.. grants.Select((g, i) => g with { Head = g.Head + appends[i].Events.Count })];
            var start = TimeProvider.System.GetTimestamp();
            await journal.AppendAsync(appends, CancellationToken.None);
            rate.Add(appends.Sum(static a => a.Events.Count), TimeProvider.System.GetElapsedTime(start));
        }

        await journal.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        return rate;
    }

    private static ShardAppend NextAppend(ShardGrant grant, CrashEntity entity, int count) =>
        new(grant.ShardId, grant.Epoch, grant.Head,
            [.. Enumerable.Range(0, count).Select(i => entity.Next(grant.Epoch, TimeProvider.System.GetUtcNow(), new byte[PayloadLength]))],
            []);

    private static Rate MeasureBare(int batch, TimeSpan time, string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Run(connection, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=10000; PRAGMA cache_size=-65536; PRAGMA foreign_keys=ON");
        Run(connection, "INSERT INTO entity VALUES(1, 0, 1, 'machine')");
        using var insert = connection.CreateCommand();
        insert.CommandText = """
            INSERT INTO journal(shard_id, position, entity, seq, epoch, type_id, type_ver, at, recorded_at, meta, payload, payload_hash, hash)
            VALUES(0, $position, 1, $position, 1, 7, 1, $at, $at, $meta, $payload, $hash, $hash)
            """;
        var position = insert.Parameters.Add("$position", SqliteType.Integer);
        var at = insert.Parameters.Add("$at", SqliteType.Integer);
        insert.Parameters.AddWithValue("$meta", new byte[8]);
        insert.Parameters.AddWithValue("$payload", new byte[PayloadLength]);
        insert.Parameters.AddWithValue("$hash", new byte[32]);
        return MeasureBare(connection, insert, position, at, batch, time);
    }

    private static Rate MeasureBare(
        SqliteConnection connection, SqliteCommand insert, SqliteParameter position, SqliteParameter at, int batch, TimeSpan time)
    {
        var rate = new Rate();
        var head = 0L;
        insert.Prepare();
        while (rate.Elapsed < time)
        {
            var start = TimeProvider.System.GetTimestamp();
            using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            at.Value = TimeProvider.System.GetUtcNow().UtcTicks;
            for (var i = 0; i < batch; i++)
            {
                position.Value = ++head;
                insert.ExecuteNonQuery();
            }

            Run(connection, $"UPDATE shard SET head = head + {batch} WHERE shard_id = 0", transaction);
            transaction.Commit();
            rate.Add(batch, TimeProvider.System.GetElapsedTime(start));
        }

        return rate;
    }

#pragma warning disable CA2100 // The texts are those above.
    private static void Run(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }
#pragma warning restore CA2100

    private static string NewPath() =>
        JournalChild.DatabaseOf(Directory.CreateTempSubdirectory("orchestrator-bench-").FullName);

    /// <summary>Adds up timed calls.</summary>
    private sealed class Rate
    {
        private readonly List<double> _milliseconds = [];
        private long _events;

        public TimeSpan Elapsed { get; private set; }

        public void Add(int events, TimeSpan time)
        {
            _events += events;
            Elapsed += time;
            _milliseconds.Add(time.TotalMilliseconds);
        }

        public override string ToString()
        {
            _milliseconds.Sort();
            var p99 = _milliseconds[_milliseconds.Count * 99 / 100];
            return string.Create(CultureInfo.InvariantCulture,
                $"{_events / Elapsed.TotalSeconds:F0} ({_milliseconds[_milliseconds.Count / 2]:F2}/{p99:F1})");
        }
    }
}
