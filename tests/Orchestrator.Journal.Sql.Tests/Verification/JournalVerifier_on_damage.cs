using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Sqlite;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Tests.Verification;

/// <summary>
/// Shard 0 is empty. Shard 1 holds, at positions 1 to 8: a1 b1 a2 b2 a3 b3 a4 b4, of epoch 1 up to position 4, then 2; a snapshot
/// at a2. Shard 2 holds c1 and c2.
/// </summary>
public sealed class JournalVerifier_on_damage : IAsyncLifetime
{
    private const string Unlocked = "DROP TRIGGER journal_no_update; DROP TRIGGER journal_no_delete; DROP TRIGGER shard_forward; ";
    private const string At = " WHERE shard_id = 1 AND position = ";
    private static readonly PersistenceId A = new(1, "a");
    private static readonly PersistenceId B = new(1, "b");
    private readonly JournalDirectory _directory = new();

    public async ValueTask InitializeAsync()
    {
        await using var journal = await _directory.OpenAsync(3);
        var (a, b, c) = (new EventSource(1, "a"), new EventSource(1, "b"), new EventSource(2, "c"));
        var snapshot = await StoreAsync(journal, 1, a, b);
        await StoreAsync(journal, 1, a, b);
        await StoreAsync(journal, 2, c);
        await journal.SaveSnapshotAsync(snapshot, CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Finds_a_good_journal_intact()
    {
        (await VerifyAsync()).Should().Be(new VerificationReport(10, 3, 1, 0, null));
    }

    [Fact]
    public async Task Names_a_flipped_bit_of_a_payload()
    {
        var payload = "payload"u8.ToArray();
        payload[3] ^= 0x10;
        _directory.Tamper($"{Unlocked} UPDATE journal SET payload = $payload {At} 5", ("$payload", payload));
        await ShouldNameAsync(DamageKind.AlteredPayload, 5, A, 3, verified: 4);
    }

    [Theory]
    [InlineData("epoch = 1", 5)]
    [InlineData("type_id = type_id + 1", 5)]
    [InlineData("type_ver = type_ver + 1", 5)]
    [InlineData("at = at + 1", 5)]
    [InlineData("meta = x'010204'", 5)]
    [InlineData("hash = zeroblob(32)", 5)]
    [InlineData("hash = x''", 5)]
    [InlineData("payload_hash = zeroblob(32)", 5)]
    [InlineData("payload = x'00', payload_hash = x'6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'", 5)]
    [InlineData("seq = 77", 5)]
    [InlineData("type_ver = 1000000", 5)]
    [InlineData("at = -1", 5)]
    [InlineData("hash = zeroblob(32)", 1)]
    [InlineData("hash = zeroblob(32)", 8)]
    public async Task Names_an_altered_event(string change, int position)
    {
        _directory.Tamper($"{Unlocked} UPDATE journal SET {change} {At} {position}");
        var damage = (await VerifyAsync()).FirstDamage!;
        (damage.Kind, damage.ShardId, damage.Position).Should().Be((DamageKind.AlteredEvent, 1, position));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 3)]
    public async Task Names_a_deleted_row_with_its_entity(int position, int sequence)
    {
        _directory.Tamper($"{Unlocked} DELETE FROM journal {At} {position}");
        await ShouldNameAsync(DamageKind.MissingRow, position, A, sequence, verified: position - 1);
    }

    [Fact]
    public async Task Names_the_position_of_a_deleted_row_that_was_the_last_of_its_entity()
    {
        _directory.Tamper($"{Unlocked} DELETE FROM journal {At} 7");
        await ShouldNameAsync(DamageKind.MissingRow, 7, null, null, verified: 6);
    }

    [Fact]
    public async Task Names_a_deleted_row_even_if_the_positions_were_closed_up()
    {
        _directory.Tamper($"""
            {Unlocked} DELETE FROM journal {At} 3;
            UPDATE journal SET position = -position WHERE shard_id = 1 AND position > 3;
            UPDATE journal SET position = -position - 1 WHERE shard_id = 1 AND position < 0;
            UPDATE shard SET head = 7 WHERE shard_id = 1;
            """);
        await ShouldNameAsync(DamageKind.MissingRow, 4, A, 2, verified: 3);
    }

    [Fact]
    public async Task Names_swapped_rows_of_one_entity()
    {
        Swap("position", 3, 5);
        await ShouldNameAsync(DamageKind.SwappedRows, 3, A, 2, verified: 2);
    }

    [Fact]
    public async Task Names_swapped_rows_of_two_entities()
    {
        Swap("position", 3, 4);
        await ShouldNameAsync(DamageKind.SwappedRows, 3, B, 2, verified: 2);
    }

    [Fact]
    public async Task Sees_swapped_rows_of_two_entities_even_if_the_row_numbers_were_swapped_too()
    {
        Swap("position", 3, 4);
        _directory.Tamper("""
            UPDATE journal SET id = -3 WHERE id = 3; UPDATE journal SET id = 3 WHERE id = 4; UPDATE journal SET id = 4 WHERE id = -3;
            """);
        var damage = (await VerifyAsync()).FirstDamage!;
        (damage.Kind, damage.ShardId).Should().Be((DamageKind.AlteredShard, 1));
    }

    [Fact]
    public async Task Names_a_cut_tail()
    {
        _directory.Tamper($"{Unlocked} DELETE FROM journal WHERE shard_id = 1 AND position > 6");
        await ShouldNameAsync(DamageKind.CutTail, 7, null, null, verified: 6);
    }

    [Fact]
    public async Task Sees_a_cut_tail_even_if_the_head_was_set_back()
    {
        _directory.Tamper($"""
            {Unlocked} DELETE FROM journal WHERE shard_id = 1 AND position > 6; UPDATE shard SET head = 6 WHERE shard_id = 1
            """);
        await ShouldNameAsync(DamageKind.AlteredShard, 6, null, null, verified: 6);
    }

    [Fact]
    public async Task Names_a_head_that_was_set_back()
    {
        _directory.Tamper($"{Unlocked} UPDATE shard SET head = 6 WHERE shard_id = 1");
        await ShouldNameAsync(DamageKind.StrayRows, 7, A, 4, verified: 6);
    }

    [Fact]
    public async Task Names_an_epoch_that_was_never_granted()
    {
        _directory.Tamper($"{Unlocked} UPDATE shard SET epoch = 1 WHERE shard_id = 1");
        await ShouldNameAsync(DamageKind.EpochOutOfOrder, 5, A, 3, verified: 4);
    }

    [Fact]
    public async Task Names_a_missing_shard()
    {
        _directory.Tamper("DROP TRIGGER shard_no_delete; PRAGMA foreign_keys = OFF; DELETE FROM shard WHERE shard_id = 1");
        var damage = (await VerifyAsync()).FirstDamage!;
        (damage.Kind, damage.ShardId).Should().Be((DamageKind.MissingShard, 1));
    }

    [Fact]
    public async Task Names_events_of_a_shard_that_does_not_exist()
    {
        _directory.Tamper($"""
            INSERT INTO journal SELECT NULL, 9, position, entity, seq + 100, epoch, type_id, type_ver, at, recorded_at, meta, payload,
            payload_hash, hash FROM journal {At} 1
            """);
        (await VerifyAsync()).FirstDamage!.Kind.Should().Be(DamageKind.StrayRows);
    }

    [Fact]
    public async Task Names_an_event_whose_entity_is_gone()
    {
        _directory.Tamper("DROP TRIGGER entity_no_delete; PRAGMA foreign_keys = OFF; DELETE FROM entity WHERE name = 'b'");
        await ShouldNameAsync(DamageKind.ForeignEntity, 2, null, null, verified: 1);
    }

    [Fact]
    public async Task Names_an_entity_with_another_name()
    {
        _directory.Tamper("DROP TRIGGER entity_no_update; UPDATE entity SET name = 'bb' WHERE name = 'b'");
        await ShouldNameAsync(DamageKind.AlteredEvent, 2, new PersistenceId(1, "bb"), 1, verified: 1);
    }

    [Theory]
    [InlineData("event_hash = zeroblob(32)", 3)]
    [InlineData("payload = x'00'", 3)]
    [InlineData("seq = 9", 8)]
    public async Task Names_a_snapshot_that_does_not_belong_here(string change, int position)
    {
        _directory.Tamper($"UPDATE snapshot SET {change}");
        var damage = (await VerifyAsync()).FirstDamage!;
        (damage.Kind, damage.ShardId, damage.Position, damage.Entity).Should().Be((DamageKind.BadSnapshot, 1, position, A));
    }

    [Fact]
    public async Task Accepts_a_shredded_payload_and_counts_it()
    {
        _directory.Tamper($"{Unlocked} UPDATE journal SET payload = NULL {At} 5");
        (await VerifyAsync()).Should().Be(new VerificationReport(10, 3, 1, 1, null));
    }

    [Fact]
    public async Task Names_the_first_of_several_bad_spots()
    {
        _directory.Tamper($"{Unlocked} UPDATE journal SET payload = x'00' WHERE position IN (2, 6, 7)");
        await ShouldNameAsync(DamageKind.AlteredPayload, 2, B, 1, verified: 1);
    }

    [Fact]
    public async Task Reports_a_page_the_database_cannot_read()
    {
        var file = await File.ReadAllBytesAsync(_directory.Database);
        Array.Fill(file, (byte)0xEE, 4096, file.Length - 4096);
        await File.WriteAllBytesAsync(_directory.Database, file);
        var verify = async () => await VerifyAsync();
        (await verify.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(JournalErrorCodes.Corrupt);
    }

    [Fact]
    public async Task Leaves_the_file_unchanged()
    {
        var before = await File.ReadAllBytesAsync(_directory.Database);
        (await VerifyAsync()).IsIntact.Should().BeTrue();
        (await File.ReadAllBytesAsync(_directory.Database)).Should().Equal(before);
    }

    [Fact]
    public async Task Verifies_beside_a_running_journal_what_was_there_when_it_began()
    {
        await using var journal = await _directory.OpenAsync(3);
        using var image = SqliteJournalImage.Open(_directory.Database);
        await StoreAsync(journal, 0, new EventSource(1, "d"));
        (await JournalVerifier.VerifyAsync(image)).Should().Be(new VerificationReport(10, 3, 1, 0, null));
        using var later = SqliteJournalImage.Open(_directory.Database);
        (await JournalVerifier.VerifyAsync(later)).EventsVerified.Should().Be(12);
    }

    private static async Task<JournalSnapshot> StoreAsync(SqliteJournal journal, int shard, params EventSource[] sources)
    {
        var grant = (await journal.AcquireAsync([shard], CancellationToken.None)).Single();
        JournalEvent[] events = [.. Enumerable.Range(0, 2).SelectMany(_ => sources.Select(s => s.Next(grant.Epoch)))];
        await journal.AppendAsync([new ShardAppend(shard, grant.Epoch, grant.Head, events, [])], CancellationToken.None);
        return sources[0].Snapshot("state");
    }

    private void Swap(string column, int one, int other) => _directory.Tamper($"""
        {Unlocked} UPDATE journal SET {column} = -1 {At} {one}; UPDATE journal SET {column} = {one} {At} {other};
        UPDATE journal SET {column} = {other} {At} -1
        """);

    private async Task ShouldNameAsync(DamageKind kind, int position, PersistenceId? entity, int? sequence, int verified)
    {
        var report = await VerifyAsync();
        var damage = report.FirstDamage!;
        damage.Should().NotBeNull();
        (damage.Kind, damage.ShardId, damage.Position, damage.Entity, damage.SequenceNr, report.EventsVerified)
            .Should().Be((kind, 1, (long)position, entity, (long?)sequence, (long)verified));
    }

    private async Task<VerificationReport> VerifyAsync()
    {
        using var image = SqliteJournalImage.Open(_directory.Database);
        return await JournalVerifier.VerifyAsync(image);
    }
}
