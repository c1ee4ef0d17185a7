using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Tests.Contract;

namespace Orchestrator.Journal.Sql.Tests;

public sealed class SqliteJournal_beyond_the_contract : JournalStrictness
{
    private readonly JournalDirectory _directory = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    protected override async Task<IJournal> OpenAsync() => await _directory.OpenAsync();

    [Fact]
    public async Task Falls_back_to_the_older_snapshot_when_the_newest_is_damaged()
    {
        await StoreTwoSnapshotsAsync();
        await ReopenAsync(() =>
        {
            _directory.Tamper("UPDATE snapshot SET payload = x'00' WHERE seq = 2");
            return Task.CompletedTask;
        });
        (await Journal.LoadSnapshotAsync(Source.Id, 2, None))!.SequenceNr.Should().Be(1);
    }

    [Fact]
    public async Task Cuts_its_log_once_it_is_long()
    {
        // 64 appends of 1 MiB: without checkpoints the log would hold all of them.
        for (var i = 0; i < 64; i++)
        {
            await StoreAsync([.. Enumerable.Range(0, 16).Select(_ => Source.Next(Grant.Epoch, new string('x', 1 << 16)))]);
        }

        new FileInfo(_directory.Database + "-wal").Length.Should().BeLessThan(48 << 20);
        new FileInfo(_directory.Database).Length.Should().BeGreaterThan(32 << 20);
    }
}
