using System.Globalization;
using Orchestrator.Journal.Sql.Sqlite;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Crash.Journal;

/// <summary>What the kills showed.</summary>
public sealed record KillSummary(int Kills, long Acknowledged, long Lost, int TornTails, string? Damage)
{
    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"journal: {Kills} kills, {Acknowledged} acknowledged, {Lost} lost, {TornTails} torn tails");
}

/// <summary>Kills the child at random moments, and checks after each kill that no acknowledged event is lost and none is half.</summary>
/// <remarks>A kill shows nothing about flushing, for the page cache survives it: see the EIO tests and the power-cut rig for that.</remarks>
public static class JournalKillLoop
{
    private const int KillsPerJournal = 10; // The whole journal is verified after each kill, so it must not grow for ever.

    /// <summary>The verb: <c>journal --kills N --seed S</c>.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var kills = Option(args, "--kills", 20);
        var seed = Option(args, "--seed", 1);
        var root = Directory.CreateTempSubdirectory("orchestrator-crash-").FullName;
        var summary = await RunAsync(root, kills, seed);
        Console.WriteLine(summary);
        if (summary is { Lost: 0, Damage: null, Acknowledged: > 0 })
        {
            Directory.Delete(root, recursive: true);
            return 0;
        }

        Console.WriteLine($"seed {seed}, kept in {root}: {summary.Damage ?? (summary.Lost > 0 ? "acknowledged events are lost" : "nothing was acknowledged, so nothing is shown")}");
        return 1;
    }

    /// <summary>Runs the kills below a directory; stops at the first loss.</summary>
    public static async Task<KillSummary> RunAsync(string root, int kills, int seed)
    {
        var random = new Random(seed);
        var summary = new KillSummary(0, 0, 0, 0, null);
        var promised = new List<Acknowledgement>();
        while (summary.Kills < kills && summary is { Lost: 0, Damage: null })
        {
            if (summary.Kills % KillsPerJournal == 0)
            {
                promised.Clear();
            }

            var directory = Path.Combine(root, $"{summary.Kills / KillsPerJournal}");
            summary = await KillOnceAsync(directory, random, promised, summary);
        }

        return summary;
    }

    private static async Task<KillSummary> KillOnceAsync(
        string directory, Random random, List<Acknowledgement> promised, KillSummary before)
    {
        var lines = await RunChildAsync(directory, random);
        var fresh = lines.Select(Acknowledgement.TryParse).OfType<Acknowledgement>().ToArray();
        promised.AddRange(fresh);
        var path = JournalChild.DatabaseOf(directory);
        var torn = WalTail.IsTorn(path + "-wal");
        await using var journal = await SqliteJournal.OpenAsync(path, JournalChild.ShardCount, TimeProvider.System);
        var lost = await Acknowledgement.CountLostAsync(journal, promised);
        using var image = SqliteJournalImage.Open(path);
        var report = await JournalVerifier.VerifyAsync(image);
        var damage = report.FirstDamage?.ToString() ?? await FindHalfAppendAsync(journal)
            ?? lines.FirstOrDefault(static l => l.StartsWith("failed", StringComparison.Ordinal)); // Killed or not, it must not fail.
        return new KillSummary(before.Kills + 1, before.Acknowledged + fresh.Length, lost, before.TornTails + (torn ? 1 : 0), damage);
    }

    // The moment follows the child's progress: after a time alone, a slow machine would kill it before it has promised anything.
    // One kill of eight falls right after the opening; the short delay lets the others fall anywhere within an append.
    private static async Task<IReadOnlyList<string>> RunChildAsync(string directory, Random random)
    {
        var seed = random.Next().ToString(CultureInfo.InvariantCulture);
        var lines = random.Next(8) == 0 ? 1 : random.Next(2, 1200);
        var delay = TimeSpan.FromMilliseconds(random.NextDouble() * 10);
        using var child = ChildProcess.Start(["journal-child", directory, seed]);
        await child.LinesAsync(lines);
        await Task.Delay(delay, TimeProvider.System);
        return await child.KillAsync();
    }

    private static async Task<string?> FindHalfAppendAsync(SqliteJournal journal)
    {
        for (var shard = 0; shard < journal.ShardCount; shard++)
        {
            var head = (await journal.ReadShardHeadAsync(shard, CancellationToken.None)).Head;
            var last = head == 0 ? [] : await journal.ReadShardAsync(shard, head - 1, 2, CancellationToken.None);
            if (last is [var stored] && !CrashEntity.EndsAppend(stored))
            {
                return $"Shard {shard} ends within an append, at position {head}.";
            }
        }

        return null;
    }

    private static int Option(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
