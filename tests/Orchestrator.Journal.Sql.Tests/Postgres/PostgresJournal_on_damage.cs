using System.Globalization;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Journal.Sql.Reading;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Journal.Sql.Verification;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Postgres;

/// <summary>
/// The superuser goes past the triggers. Shard 1 holds, at positions 1 to 8: a1 b1 a2 b2 a3 b3 a4 b4, of epoch 1 up to position 4,
/// then 2; a snapshot at a2. Shard 2 holds c1 and c2.
/// </summary>
public sealed class PostgresJournal_on_damage : IAsyncLifetime
{
    private const string At = " WHERE shard_id = 1 AND position = ";
    private static readonly PersistenceId A = new(1, "a");
    private static readonly PersistenceId B = new(1, "b");
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        await FillAsync(_database);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Finds_a_good_journal_intact() =>
        (await VerifyAsync(_database)).Should().Be(new VerificationReport(10, 3, 1, 0, null));

    [Theory]
    [InlineData(@"UPDATE journal SET payload = set_byte(payload, 3, get_byte(payload, 3) # 16)" + At + "5", DamageKind.AlteredPayload, 5, "1/a", 3)]
    [InlineData("UPDATE journal SET epoch = 1" + At + "5", DamageKind.AlteredEvent, 5, "1/a", 3)]
    [InlineData("UPDATE journal SET at = at + 1" + At + "5", DamageKind.AlteredEvent, 5, "1/a", 3)]
    [InlineData(@"UPDATE journal SET meta = '\x010204'" + At + "5", DamageKind.AlteredEvent, 5, "1/a", 3)]
    [InlineData(@"UPDATE journal SET hash = ''" + At + "8", DamageKind.AlteredEvent, 8, "1/b", 4)]
    [InlineData("UPDATE journal SET at = -1" + At + "6", DamageKind.AlteredEvent, 6, null, null)]
    [InlineData("DELETE FROM journal" + At + "3", DamageKind.MissingRow, 3, "1/a", 2)]
    [InlineData("DELETE FROM journal" + At + "7", DamageKind.MissingRow, 7, null, null)]
    [InlineData("DELETE FROM journal WHERE shard_id = 1 AND position > 6", DamageKind.CutTail, 7, null, null)]
    [InlineData("UPDATE shard SET head = 6 WHERE shard_id = 1", DamageKind.StrayRows, 7, "1/a", 4)]
    [InlineData("UPDATE shard SET epoch = 1 WHERE shard_id = 1", DamageKind.EpochOutOfOrder, 5, "1/a", 3)]
    [InlineData("UPDATE entity SET shard_id = 2 WHERE name = 'b'", DamageKind.ForeignEntity, 2, "1/b", 1)]
    [InlineData("DELETE FROM entity WHERE name = 'b'", DamageKind.ForeignEntity, 2, null, null)]
    [InlineData("UPDATE snapshot SET payload = ''", DamageKind.BadSnapshot, 3, "1/a", 2)]
    public async Task Names_what_was_changed(string change, DamageKind kind, int position, string? entity, int? sequence)
    {
        await TamperAsync(change);
        var damage = (await VerifyAsync(_database)).FirstDamage!;
        (damage.Kind, damage.ShardId, damage.Position, damage.Entity?.ToString(), damage.SequenceNr)
            .Should().Be((kind, 1, (long)position, entity, (long?)sequence), "{0}", damage);
    }

    [Fact]
    public async Task Names_swapped_rows_of_one_entity()
    {
        await SwapAsync(3, 5);
        await ShouldNameAsync(DamageKind.SwappedRows, 3, A, 2);
    }

    [Fact]
    public async Task Names_swapped_rows_of_two_entities()
    {
        await SwapAsync(3, 4);
        await ShouldNameAsync(DamageKind.SwappedRows, 3, B, 2);
    }

    [Fact]
    public async Task Sees_swapped_rows_of_two_entities_even_if_the_links_were_left_in_place()
    {
        await TamperAsync("CREATE TABLE kept AS SELECT position, link FROM journal WHERE shard_id = 1");
        await SwapAsync(3, 4);
        await TamperAsync("UPDATE journal j SET link = kept.link FROM kept WHERE j.shard_id = 1 AND j.position = kept.position");
        await ShouldNameAsync(DamageKind.SwappedRows, 3, B, 2);
    }

    [Fact]
    public async Task Sees_a_cut_tail_even_if_the_head_was_set_back()
    {
        await TamperAsync("DELETE FROM journal WHERE shard_id = 1 AND position > 6; UPDATE shard SET head = 6 WHERE shard_id = 1");
        await ShouldNameAsync(DamageKind.AlteredShard, 6, null, null);
    }

    [Fact]
    public async Task Names_a_missing_shard_and_events_of_one_that_does_not_exist()
    {
        await TamperAsync("INSERT INTO journal SELECT 9, position, -1, seq, epoch, type_id, type_ver, at, link, recorded_at, meta, payload, payload_hash, "
            + "hash FROM journal" + At + "1");
        (await VerifyAsync(_database)).FirstDamage!.Kind.Should().Be(DamageKind.StrayRows);
        await TamperAsync("DELETE FROM shard WHERE shard_id = 1");
        (await VerifyAsync(_database)).FirstDamage!.Kind.Should().Be(DamageKind.MissingShard);
    }

    [Fact]
    public async Task Verifies_beside_a_running_journal_what_was_there_when_it_began()
    {
        using var image = await OpenImageAsync(_database);
        await using (var journal = await _database.OpenJournalAsync(3))
        {
            await StoreAsync(journal, 0, new EventSource(1, "d"));
        }

        (await JournalVerifier.VerifyAsync(image)).Should().Be(new VerificationReport(10, 3, 1, 0, null));
        using var later = await OpenImageAsync(_database);
        (await JournalVerifier.VerifyAsync(later)).EventsVerified.Should().Be(12);
    }

    [Fact]
    public async Task A_reader_that_stops_early_can_go_on_with_the_same_moment()
    {
        using var image = await OpenImageAsync(_database);
        var reader = new JournalReader(image);
        (await reader.ShowAsync(new JournalRange(Limit: 2)).CountAsync()).Should().Be(2);
        (await reader.ShowAsync(new JournalRange(Entity: A, Limit: 3)).CountAsync()).Should().Be(3);
        (await reader.AsOfAsync(A, EventSource.Start.AddSeconds(1)).CountAsync()).Should().Be(2);
        (await JournalVerifier.VerifyAsync(image)).IsIntact.Should().BeTrue();
    }

    [Fact]
    public async Task Reports_a_page_that_changed_on_the_disk()
    {
        await using var cluster = await PostgresCluster.CreateAsync();
        var database = await cluster.CreateDatabaseAsync();
        await FillAsync(database);
        var file = Path.Combine(cluster.Data, await database.ScalarAsync<string>("SELECT pg_relation_filepath('orchestrator.journal')"));
        await cluster.StopAsync("fast");
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[8100] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await cluster.StartAsync();

        var damage = (await VerifyAsync(database)).FirstDamage!;
        (damage.Kind, damage.ShardId, damage.Position).Should().Be((DamageKind.Unreadable, 1, 1));
        damage.Details.Should().Contain("invalid page");
    }

    private static async Task FillAsync(PostgresDatabase database)
    {
        await using var journal = await database.OpenJournalAsync(3);
        var (a, b, c) = (new EventSource(1, "a"), new EventSource(1, "b"), new EventSource(2, "c"));
        var snapshot = await StoreAsync(journal, 1, a, b);
        await StoreAsync(journal, 1, a, b);
        await StoreAsync(journal, 2, c);
        await journal.SaveSnapshotAsync(snapshot, CancellationToken.None);
    }

    private static async Task<JournalSnapshot> StoreAsync(PostgresJournal journal, int shard, params EventSource[] sources)
    {
        var grant = (await journal.AcquireAsync([shard], CancellationToken.None)).Single();
        JournalEvent[] events = [.. Enumerable.Range(0, 2).SelectMany(_ => sources.Select(s => s.Next(grant.Epoch)))];
        await journal.AppendAsync([new ShardAppend(shard, grant.Epoch, grant.Head, events, [])], CancellationToken.None);
        return sources[0].Snapshot("state");
    }

    private Task TamperAsync(string sql) =>
        _database.ExecuteAsync($"SET search_path = orchestrator; SET session_replication_role = replica; {sql}");

    private Task SwapAsync(int one, int other) => TamperAsync(string.Create(CultureInfo.InvariantCulture, $"""
        UPDATE journal SET position = -1 {At} {one}; UPDATE journal SET position = {one} {At} {other};
        UPDATE journal SET position = {other} {At} -1
        """));

    private async Task ShouldNameAsync(DamageKind kind, int position, PersistenceId? entity, int? sequence)
    {
        var damage = (await VerifyAsync(_database)).FirstDamage!;
        (damage.Kind, damage.ShardId, damage.Position, damage.Entity, damage.SequenceNr)
            .Should().Be((kind, 1, (long)position, entity, (long?)sequence), "{0}", damage);
    }

    private static Task<PostgresJournalImage> OpenImageAsync(PostgresDatabase database) =>
        PostgresJournalImage.OpenAsync(PostgresJournals.Options(database.ConnectionString));

    private static async Task<VerificationReport> VerifyAsync(PostgresDatabase database)
    {
        using var image = await OpenImageAsync(database);
        return await JournalVerifier.VerifyAsync(image);
    }
}
