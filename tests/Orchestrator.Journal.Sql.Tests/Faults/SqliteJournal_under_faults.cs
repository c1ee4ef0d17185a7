using System.Diagnostics;
using Orchestrator.Actors.Persistence;
using Orchestrator.Crash.Journal;
using Orchestrator.Journal.Sql.Sqlite;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Tests.Faults;

/// <summary>Real processes, real signals, a real full disk. Needs Linux; strace and the right to mount for some.</summary>
public sealed class SqliteJournal_under_faults : IDisposable
{
    private static readonly string[] Refusals = [.. Enumerable.Repeat($"refused {JournalErrorCodes.Stopped}", 3)];
    private readonly JournalDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Loses_nothing_acknowledged_and_keeps_no_half_append_when_it_is_killed()
    {
        var summary = await JournalKillLoop.RunAsync(_directory.Root, kills: 4, seed: 20_30);
        (summary.Kills, summary.Lost, summary.Damage).Should().Be((4, 0, null), "{0}", summary);
        summary.Acknowledged.Should().BePositive("a rig that appends nothing shows nothing");
    }

    [Fact]
    public async Task The_rig_sees_a_promise_that_was_not_kept()
    {
        await using var journal = await _directory.OpenAsync();
        var grant = (await journal.AcquireAsync([0], CancellationToken.None)).Single();
        var events = new EventSource(1, "a").Next(grant.Epoch, 2);
        await journal.AppendAsync([new ShardAppend(0, grant.Epoch, 0, events, [])], CancellationToken.None);
        var kept = new Acknowledgement(0, 2, events[1].Hash);
        (await Acknowledgement.CountLostAsync(journal, [kept])).Should().Be(0);
        (await Acknowledgement.CountLostAsync(journal, [kept, kept with { Position = 3 }])).Should().Be(1);
        (await Acknowledgement.CountLostAsync(journal, [kept with { Hash = new byte[32] }])).Should().Be(1);
    }

    [Theory]
    [InlineData("40")] // Only this flush fails; the next would "succeed".
    [InlineData("40+")]
    [InlineData("25")]
    public async Task Acknowledges_nothing_after_a_failed_flush(string when)
    {
        var trace = Path.Combine(_directory.Root, "trace");
        var directory = Path.Combine(_directory.Root, "data");
        using var child = ChildProcess.Start(["journal-child", directory, "7", "1", "200"], "strace", "-f", "-o", trace,
            "-e", "trace=fsync,fdatasync", "-e", $"inject=fsync,fdatasync:error=EIO:when={when}");
        var lines = await child.EndAsync();

        var trouble = lines.TakeWhile(static l => !l.StartsWith("failed", StringComparison.Ordinal)).Count();
        (await File.ReadAllTextAsync(trace)).Should().Contain("INJECTED");
        lines.Skip(trouble).Should().Equal([$"failed {JournalErrorCodes.IoFailed} True", .. Refusals]);
        var acknowledged = lines.Take(trouble).Select(Acknowledgement.TryParse).OfType<Acknowledgement>().ToArray();
        acknowledged.Should().NotBeEmpty();
        await ShouldHoldAsync(JournalChild.DatabaseOf(directory), acknowledged);
    }

    [Fact]
    public async Task A_second_process_is_refused()
    {
        await using var journal = await _directory.OpenAsync(JournalChild.ShardCount);
        using var child = ChildProcess.Start(["journal-child", _directory.Root, "1", "1", "1"]);
        (await child.EndAsync()).Should().Equal($"failed {JournalErrorCodes.InUse} False");
    }

    [Fact]
    public async Task A_killed_process_leaves_no_lock_behind()
    {
        using var child = ChildProcess.Start(["journal-child", _directory.Root, "1"]);
        await child.LinesAsync(1);
        await child.KillAsync();
        await using var journal = await _directory.OpenAsync(JournalChild.ShardCount);
    }

    [Fact]
    public Task A_full_disk_is_transient_and_the_same_append_succeeds_once_there_is_space() =>
        OnSmallDiskAsync(static disk => FillAndGoOnAsync(Path.Combine(disk, "journal.db"), Path.Combine(disk, "filler")));

    [Fact]
    public Task A_copy_on_a_read_only_medium_is_verified() => OnSmallDiskAsync(static async disk =>
    {
        var path = Path.Combine(disk, "a copy?#%.db");
        await using (var journal = await SqliteJournal.OpenAsync(path, 4, TimeProvider.System))
        {
            var grant = (await journal.AcquireAsync([0], CancellationToken.None)).Single();
            await journal.AppendAsync([new ShardAppend(0, 1, 0, new EventSource(1, "a").Next(grant.Epoch, 5), [])], CancellationToken.None);
        }

        await RunAsync("mount", "-o", "remount,ro", disk);
        using var image = SqliteJournalImage.Open(path);
        (await JournalVerifier.VerifyAsync(image)).Should().Be(new VerificationReport(5, 1, 0, 0, null));
    });

    private async Task OnSmallDiskAsync(Func<string, Task> test)
    {
        var disk = Directory.CreateDirectory(Path.Combine(_directory.Root, "disk")).FullName;
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk);
        try
        {
            await test(disk);
        }
        finally
        {
            await RunAsync("umount", disk);
        }
    }

    private static async Task FillAndGoOnAsync(string path, string filler)
    {
        var source = new EventSource(1, "a");
        await using (var journal = await SqliteJournal.OpenAsync(path, 4, TimeProvider.System))
        {
            var grant = (await journal.AcquireAsync([0], CancellationToken.None)).Single();
            FillDisk(filler);
            var (append, error) = await AppendUntilFullAsync(journal, grant, source);
            (error.Code, error.IsTransient, error.OutcomeUnknown).Should().Be((JournalErrorCodes.DiskFull, true, false));
            (await journal.ReadShardHeadAsync(0, CancellationToken.None)).Head.Should().Be(append.ExpectedHead);
            (await journal.ReadShardAsync(0, 0, 10_000, CancellationToken.None)).Should().HaveCount((int)append.ExpectedHead);

            File.Delete(filler);
            (await journal.AppendAsync([append], CancellationToken.None)).Should().Equal(AppendOutcome.Stored);
        }

        using var image = SqliteJournalImage.Open(path);
        var report = await JournalVerifier.VerifyAsync(image);
        (report.FirstDamage, report.EventsVerified).Should().Be((null, source.SequenceNr));
    }

    private static async Task<(ShardAppend Append, JournalException Error)> AppendUntilFullAsync(
        SqliteJournal journal, ShardGrant grant, EventSource source)
    {
        while (true)
        {
            var events = Enumerable.Range(0, 4).Select(_ => source.Next(grant.Epoch, new string('x', 16_384))).ToArray();
            var append = new ShardAppend(0, grant.Epoch, grant.Head, events, []);
            try
            {
                (await journal.AppendAsync([append], CancellationToken.None)).Should().Equal(AppendOutcome.Stored);
                grant = grant with { Head = grant.Head + events.Length };
            }
            catch (JournalException error)
            {
                return (append, error);
            }
        }
    }

    private static void FillDisk(string filler)
    {
        using var file = File.OpenHandle(filler, FileMode.CreateNew, FileAccess.Write);
        var block = new byte[4096];
        try
        {
            for (var offset = 0L; ; offset += block.Length)
            {
                RandomAccess.Write(file, block, offset);
            }
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }

    private static async Task ShouldHoldAsync(string path, Acknowledgement[] acknowledged)
    {
        await using var journal = await SqliteJournal.OpenAsync(path, JournalChild.ShardCount, TimeProvider.System);
        (await Acknowledgement.CountLostAsync(journal, acknowledged)).Should().Be(0);
        using var image = SqliteJournalImage.Open(path);
        (await JournalVerifier.VerifyAsync(image)).FirstDamage.Should().BeNull();
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, "this test needs the right to {0}: {1}", program, error);
    }
}
