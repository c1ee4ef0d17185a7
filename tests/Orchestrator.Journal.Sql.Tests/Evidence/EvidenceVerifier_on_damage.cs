using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Tests.Evidence;

/// <summary>
/// Shard 1 holds a1 b1 a2 b2 ... and shard 2 c1 c2 ...: checkpoint 1 seals 4 and 2 events, checkpoint 2 seals 8 and 4, checkpoint 3
/// seals 12 and 6; 4 and 2 more are not sealed.
/// </summary>
public sealed class EvidenceVerifier_on_damage : IAsyncLifetime
{
    private readonly SealedJournal _journal = new();

    public async ValueTask InitializeAsync()
    {
        await _journal.OpenAsync();
        for (var checkpoint = 1; checkpoint <= 3; checkpoint++)
        {
            await _journal.StoreAsync(2);
            (await _journal.SealAsync())!.Number.Should().Be(checkpoint);
        }

        await _journal.StoreAsync(2);
    }

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Finds_a_good_journal_intact_and_tells_what_is_sealed(bool withPublished)
    {
        var report = await _journal.VerifyAsync(withPublished);
        report.FirstDamage.Should().BeNull();
        (report.EventsVerified, report.SealedEvents, report.Checkpoints, report.Published).Should().Be((24, 18, 3, withPublished ? 3 : 0));
    }

    [Fact]
    public async Task Names_a_flipped_bit() =>
        ShouldBe(await _journal.VerifyAfterAsync("UPDATE journal SET payload = x'7061796c6f616520' WHERE shard_id = 1 AND position = 5"),
            DamageKind.AlteredPayload, 1, 5, new PersistenceId(1, "a"), 3);

    [Fact]
    public async Task Names_a_deleted_row() =>
        ShouldBe(await _journal.VerifyAfterAsync("DELETE FROM journal WHERE shard_id = 1 AND position = 5"),
            DamageKind.MissingRow, 1, 5, new PersistenceId(1, "a"), 3);

    [Fact]
    public async Task Names_two_swapped_rows() => ShouldBe(await _journal.VerifyAfterAsync("""
        UPDATE journal SET position = -1 WHERE shard_id = 1 AND position = 5; UPDATE journal SET position = 5 WHERE shard_id = 1 AND position = 6;
        UPDATE journal SET position = 6 WHERE shard_id = 1 AND position = -1
        """), DamageKind.SwappedRows, 1, 5, new PersistenceId(1, "b"), 3);

    [Fact]
    public async Task Names_two_swapped_rows_even_if_every_trace_of_it_was_computed_anew()
    {
        await _journal.CloseAsync();
        _journal.Directory.Tamper($"""
            {SealedJournal.Unlocked}
            UPDATE journal SET position = -1 WHERE shard_id = 1 AND position = 5; UPDATE journal SET position = 5 WHERE shard_id = 1 AND position = 6;
            UPDATE journal SET position = 6 WHERE shard_id = 1 AND position = -1;
            CREATE TABLE swap AS SELECT (SELECT id FROM journal WHERE shard_id = 1 AND position = 5) AS x,
              (SELECT id FROM journal WHERE shard_id = 1 AND position = 6) AS y;
            UPDATE journal SET id = -1 WHERE id = (SELECT x FROM swap); UPDATE journal SET id = (SELECT x FROM swap) WHERE id = (SELECT y FROM swap);
            UPDATE journal SET id = (SELECT y FROM swap) WHERE id = -1; DROP TABLE swap;
            """);
        await Forger.CutAsync(_journal.Directory, 1, 16); // Cuts nothing; computes the shard's running hash anew.

        var damage = ShouldBe(await _journal.VerifyAsync(), DamageKind.NotAsSealed, 1, 5, null, null);
        damage.Checkpoint.Should().Be(2);
    }

    [Fact]
    public async Task Names_a_tail_cut_below_a_checkpoint_with_everything_computed_anew()
    {
        await _journal.CloseAsync();
        await Forger.CutAsync(_journal.Directory, 1, 10);

        var damage = ShouldBe(await _journal.VerifyAsync(), DamageKind.CutTail, 1, 11, null, null);
        damage.Checkpoint.Should().Be(3);
    }

    [Fact]
    public async Task Names_a_tail_cut_together_with_its_checkpoint_by_the_published_copy()
    {
        await _journal.CloseAsync();
        await Forger.CutAsync(_journal.Directory, 1, 10);
        _journal.Directory.Tamper("DELETE FROM checkpoint WHERE n = 3");

        (await _journal.VerifyAsync()).FirstDamage.Should().BeNull("inside the database nothing shows it: that is what copies are for");
        var damage = ShouldBe(await _journal.VerifyAsync(withPublished: true), DamageKind.RolledBack, 1, 11, null, null);
        damage.Checkpoint.Should().Be(3);
    }

    [Fact]
    public async Task Names_a_history_rewritten_with_all_hashes_anew_and_where_it_begins()
    {
        await _journal.CloseAsync();
        await Forger.RewriteAsync(_journal.Directory, 1, position: 6);

        using (var image = Sqlite.SqliteJournalImage.Open(_journal.Directory.Database))
        {
            (await JournalVerifier.VerifyAsync(image)).FirstDamage.Should().BeNull("every hash fits, so the chains alone cannot tell");
        }

        var damage = ShouldBe(await _journal.VerifyAsync(), DamageKind.NotAsSealed, 1, 5, null, null);
        damage.Checkpoint.Should().Be(2);
        damage.Details.Should().Contain("5 to 8");
    }

    [Fact]
    public async Task Names_the_checkpoint_of_a_forger_who_signed_with_another_key()
    {
        var honest = CheckpointKeys.FromPem(_journal.Key.ToPublicPem());
        await _journal.CloseAsync();
        await Forger.RewriteAsync(_journal.Directory, 1, position: 6);
        _journal.Directory.Tamper("DELETE FROM checkpoint; DELETE FROM merkle_frontier");
        await _journal.OpenAsync();
        using var forged = CheckpointKey.Create();
        _journal.UseKey(forged);
        await _journal.SealAsync();

        using (honest)
        {
            var damage = (await _journal.VerifyAsync(keys: honest)).FirstDamage!;
            (damage.Kind, damage.Checkpoint).Should().Be((DamageKind.BadCheckpoint, 1L));
            damage.Details.Should().Contain(forged.KeyId);
        }
    }

    [Fact]
    public async Task Names_a_database_restored_from_an_older_backup()
    {
        await _journal.CloseAsync();
        var backup = await File.ReadAllBytesAsync(_journal.Directory.Database);
        await _journal.OpenAsync();
        await _journal.StoreAsync(2);
        (await _journal.SealAsync())!.Number.Should().Be(4);
        await _journal.CloseAsync();
        await File.WriteAllBytesAsync(_journal.Directory.Database, backup);

        (await _journal.VerifyAsync()).FirstDamage.Should().BeNull("the backup was good when it was made");
        var damage = ShouldBe(await _journal.VerifyAsync(withPublished: true), DamageKind.RolledBack, 1, 17, null, null);
        damage.Checkpoint.Should().Be(4);
    }

    [Fact]
    public async Task Names_where_a_restored_database_went_another_way()
    {
        await _journal.CloseAsync();
        var backup = await File.ReadAllBytesAsync(_journal.Directory.Database);
        await _journal.OpenAsync();
        await _journal.StoreAsync(1);
        await _journal.SealAsync();
        await _journal.CloseAsync();
        await File.WriteAllBytesAsync(_journal.Directory.Database, backup);
        await _journal.OpenAsync();
        var published = _journal.Published.ToList();
        await _journal.SealAsync();
        _journal.Published.Clear();
        _journal.Published.AddRange(published);

        var damage = ShouldBe(await _journal.VerifyAsync(withPublished: true), DamageKind.RolledBack, 1, 13, null, null);
        damage.Checkpoint.Should().Be(4);
    }

    [Theory]
    [InlineData("DELETE FROM checkpoint WHERE n = 2", 2)]
    [InlineData("UPDATE checkpoint SET body = (SELECT body FROM checkpoint WHERE n = 1) WHERE n = 2", 2)]
    [InlineData("UPDATE checkpoint SET sig = (SELECT sig FROM checkpoint WHERE n = 1) WHERE n = 3", 3)]
    [InlineData("UPDATE checkpoint SET key_id = 'x' WHERE n = 3", 3)]
    public async Task Names_a_checkpoint_that_was_removed_or_altered(string sql, long number)
    {
        var damage = (await _journal.VerifyAfterAsync(sql)).FirstDamage!;
        (damage.Kind, damage.Checkpoint).Should().Be((DamageKind.BadCheckpoint, number));
    }

    [Fact]
    public async Task Names_checkpoints_removed_from_the_end_by_the_published_copy()
    {
        var damage = (await _journal.VerifyAfterAsync("DELETE FROM checkpoint WHERE n > 1", withPublished: true)).FirstDamage!;
        (damage.Kind, damage.Checkpoint).Should().Be((DamageKind.RolledBack, 2L));
    }

    [Fact]
    public async Task Names_a_payload_that_is_gone_without_a_record()
    {
        var report = await _journal.VerifyAfterAsync("UPDATE journal SET payload = NULL WHERE shard_id = 2 AND position = 3");
        ShouldBe(report, DamageKind.UnrecordedShredding, 2, 3, new PersistenceId(1, "c"), 3);
    }

    [Fact]
    public async Task A_key_that_was_changed_in_order_is_believed_beside_the_old_one()
    {
        var old = _journal.Key;
        _journal.UseKey(CheckpointKey.Create());
        await _journal.SealAsync();
        using var both = CheckpointKeys.FromPem(old.ToPublicPem() + _journal.Key.ToPublicPem());
        (await _journal.VerifyAsync(keys: both)).IsIntact.Should().BeTrue();
        old.Dispose();
    }

    private static JournalDamage ShouldBe(
        VerificationReport report, DamageKind kind, int shard, long position, PersistenceId? entity, long? sequence)
    {
        var damage = report.FirstDamage!;
        damage.Should().NotBeNull();
        (damage.Kind, damage.ShardId, damage.Position, damage.Entity, damage.SequenceNr).Should().Be((kind, shard, position, entity, sequence));
        return damage;
    }
}
