using System.Text;
using Microsoft.Data.Sqlite;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Tests.Evidence;

public sealed class Shredding_payloads : IAsyncLifetime
{
    private const string Secret = "the name of a person";
    private static readonly PersistenceId Person = new(1, "person");
    private readonly SealedJournal _journal = new();

    public async ValueTask InitializeAsync()
    {
        await _journal.OpenAsync();
        var source = new EventSource(1, "person");
        var grant = (await _journal.Journal.AcquireAsync([0], CancellationToken.None)).Single();
        JournalEvent[] events = [.. Enumerable.Range(1, 6).Select(i => source.Next(grant.Epoch, $"{Secret} {i} {new string('x', 3000)}"))];
        await _journal.Journal.AppendAsync([new ShardAppend(0, grant.Epoch, 0, events[..4], [])], CancellationToken.None);
        await _journal.Journal.SaveSnapshotAsync(
            new JournalSnapshot(Person, 4, 1, events[3].Hash, EventSource.Start, "state"u8.ToArray()), CancellationToken.None);
        await _journal.Journal.AppendAsync([new ShardAppend(0, grant.Epoch, 4, events[4..], [])], CancellationToken.None);
        await _journal.SealAsync();
    }

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    [Fact]
    public async Task Leaves_the_chain_and_every_checkpoint_valid_and_is_on_record()
    {
        var note = await ShredAsync(1, 3);
        (note.Number, note.First, note.Last, note.Caller, note.Reason).Should().Be((1, 1, 3, "op", "asked to be forgotten"));
        (await _journal.SealAsync())!.Shreddings.Size.Should().Be(1);

        var events = await _journal.Journal.ReadEntityAsync(Person, 1, 10, CancellationToken.None);
        events.Select(stored => stored.Payload is null).Should().Equal(true, true, true, false, false, false);
        var report = await _journal.VerifyAsync(withPublished: true);
        (report.FirstDamage, report.ShreddedPayloads, report.SealedEvents).Should().Be((null, 3, 6));
    }

    [Fact]
    public async Task Leaves_nothing_of_the_payload_in_the_files()
    {
        (await OccurrencesAsync()).Should().BePositive();
        await ShredAsync(1, 4);
        await ShredAsync(5, 6, force: true);
        (await OccurrencesAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Is_refused_where_no_snapshot_holds_what_the_events_led_to()
    {
        var shred = async () => await ShredAsync(3, 5);
        (await shred.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(EvidenceErrorCodes.ShreddingNotCovered);
        (await _journal.VerifyAsync()).ShreddedPayloads.Should().Be(0);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(6, 7)]
    [InlineData(3, 2)]
    public async Task Is_refused_for_events_that_are_not_there(long first, long last)
    {
        var shred = async () => await ShredAsync(first, last, force: true);
        (await shred.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(EvidenceErrorCodes.NothingToShred);
    }

    [Fact]
    public async Task Is_refused_the_second_time()
    {
        await ShredAsync(1, 3);
        var shred = async () => await ShredAsync(2, 3);
        (await shred.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(EvidenceErrorCodes.NothingToShred);
    }

    [Theory]
    [InlineData("UPDATE journal SET payload = NULL WHERE seq = 5")]
    [InlineData("UPDATE journal SET payload = x'00' WHERE seq = 2")]
    [InlineData("UPDATE journal SET payload = NULL, at = at + 1 WHERE seq = 4")]
    [InlineData("UPDATE journal SET payload = NULL, hash = zeroblob(32) WHERE seq = 4")]
    [InlineData("UPDATE shredding SET reason = 'none'")]
    [InlineData("DELETE FROM shredding")]
    public async Task Opens_no_other_way_past_the_lock(string sql)
    {
        await ShredAsync(1, 3);
        await _journal.CloseAsync();
        var tamper = () => _journal.Directory.Tamper(sql);
        tamper.Should().Throw<SqliteException>();
    }

    [Fact]
    public async Task Cannot_be_taken_off_the_record()
    {
        await ShredAsync(1, 2);
        await _journal.SealAsync();
        var report = await _journal.VerifyAfterAsync("DELETE FROM shredding");
        report.FirstDamage!.Kind.Should().Be(DamageKind.UnrecordedShredding);

        _journal.Directory.Tamper("UPDATE journal SET payload = x'00' WHERE payload IS NULL");
        (await _journal.VerifyAsync()).FirstDamage!.Kind.Should().Be(DamageKind.AlteredPayload);
    }

    private Task<ShreddingNote> ShredAsync(long first, long last, bool force = false) => _journal.Journal.Checkpoints.ShredAsync(
        new ShreddingRequest(Person, first, last, "op", "asked to be forgotten", force), CancellationToken.None).AsTask();

    private async Task<int> OccurrencesAsync()
    {
        var count = 0;
        foreach (var file in new[] { _journal.Directory.Database, _journal.Directory.Database + "-wal" }.Where(File.Exists))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes);
            count += Encoding.Latin1.GetString(bytes).Split(Secret).Length - 1;
        }

        return count;
    }
}
