using System.Globalization;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Sqlite;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Benchmarks.Kernel;

/// <summary>Verification of a journal without and with its checkpoints, and what a checkpoint costs.</summary>
internal static class EvidenceSection
{
    private const int Shards = 16;
    private const int Entities = 256;
    private const int Checkpoints = 20;
    private const int EventsEach = 10_000;

    public static async Task RunAsync(Settings settings, Report report)
    {
        using var scratch = Scratch.OnDisk();
        using var key = CheckpointKey.Create();
        var path = Path.Combine(scratch.Fresh("evidence"), "journal.db");
        var taken = await FillAsync(path, key);
        var series = await Rounds.MeasureAsync(
            settings,
            Contender.Of("plain", () => MeasureAsync(path, static image => JournalVerifier.VerifyAsync(image))),
            Contender.Of("sealed", () => MeasureAsync(path, async image =>
            {
                using var keys = CheckpointKeys.FromPem(key.ToPublicPem());
                return await EvidenceVerifier.VerifyAsync(image, image, keys, []);
            })));
        var (plain, withCheckpoints) = (series[0][0], series[1][0]);
        report.Table(
            $"evidence: {Checkpoints * EventsEach:N0} events of 200 B in SQLite, {Shards} shards, {Checkpoints} checkpoints",
            ["", "chains alone", "with checkpoints", "with/alone", "spread"],
            [["verified, events/s", Report.Number(plain.Median), Report.Number(withCheckpoints.Median), Report.Ratio(withCheckpoints.Median / plain.Median),
                Report.Spread(plain, withCheckpoints)]]);
        report.Table($"evidence: one checkpoint over {EventsEach:N0} new events, signed and flushed", ["", "median", "longest"],
            [["ms", Milliseconds(taken[taken.Count / 2]), Milliseconds(taken[^1])]]);
    }

    /// <summary>Fills a journal and seals it as it grows; the times of the checkpoints, sorted.</summary>
    private static async Task<List<TimeSpan>> FillAsync(string path, CheckpointKey key)
    {
        await using var journal = await SqliteJournal.OpenAsync(path, Shards, TimeProvider.System);
        var grants = (await journal.AcquireAsync([.. Enumerable.Range(0, Shards)], CancellationToken.None)).ToArray();
        var checkpointer = new Checkpointer<SqliteJournalImage>(
            journal.Checkpoints, _ => ValueTask.FromResult(SqliteJournalImage.Open(path)), key, TimeProvider.System);
        var histories = Enumerable.Range(0, Entities).Select(static i => new History(i)).ToArray();
        var times = new List<TimeSpan>();
        for (var checkpoint = 0; checkpoint < Checkpoints; checkpoint++)
        {
            await AppendAsync(journal, grants, histories);
            var start = TimeProvider.System.GetTimestamp();
            await checkpointer.TakeAsync(1, CancellationToken.None);
            times.Add(TimeProvider.System.GetElapsedTime(start));
        }

        times.Sort();
        return times;
    }

    private static async Task AppendAsync(SqliteJournal journal, ShardGrant[] grants, History[] histories)
    {
        for (var shard = 0; shard < Shards; shard++)
        {
            var mine = histories.Where(history => history.Number % Shards == shard).ToArray();
            JournalEvent[] events = [.. Enumerable.Range(0, EventsEach / Shards).Select(i => mine[i % mine.Length].Next(grants[shard].Epoch))];
            await journal.AppendAsync([new ShardAppend(shard, grants[shard].Epoch, grants[shard].Head, events, [])], CancellationToken.None);
            grants[shard] = grants[shard] with { Head = grants[shard].Head + events.Length };
        }
    }

    private static async Task<double> MeasureAsync(string path, Func<SqliteJournalImage, Task<VerificationReport>> verify)
    {
        using var image = SqliteJournalImage.Open(path);
        var start = TimeProvider.System.GetTimestamp();
        var report = await verify(image);
        if (!report.IsIntact)
        {
            throw new BenchException($"The journal that was measured is damaged: {report.FirstDamage}");
        }

        return report.EventsVerified / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>One entity's events, chained.</summary>
    private sealed class History(int number)
    {
        private static readonly byte[] Payload = new byte[200];
        private static readonly byte[] PayloadHash = HashChain.HashPayload(Payload);
        private readonly PersistenceId _id = new(1, $"entity-{number}");
        private byte[] _hash = HashChain.Genesis(new PersistenceId(1, $"entity-{number}"));
        private long _sequenceNr;

        public int Number { get; } = number;

        public JournalEvent Next(long epoch)
        {
            var at = DateTimeOffset.UnixEpoch.AddSeconds(_sequenceNr);
            _hash = HashChain.Next(_hash, _id, ++_sequenceNr, epoch, 1, 1, at, [], PayloadHash);
            return new JournalEvent(_id, _sequenceNr, epoch, 1, 1, at, [], Payload, PayloadHash, _hash);
        }
    }
}
