using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Postgres;

public sealed class PostgresJournal_beyond_the_contract : JournalStrictness
{
    private PostgresDatabase? _database;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _database!.DisposeAsync();
    }

    protected override async Task<IJournal> OpenAsync()
    {
        _database ??= await PostgresDatabase.CreateAsync();
        return await _database.OpenJournalAsync();
    }

    [Fact]
    public async Task Falls_back_to_the_older_snapshot_when_the_newest_is_damaged()
    {
        await StoreTwoSnapshotsAsync();
        await _database!.ExecuteAsync(@"UPDATE orchestrator.snapshot SET payload = '\x00' WHERE seq = 2");
        (await Journal.LoadSnapshotAsync(Source.Id, 2, None))!.SequenceNr.Should().Be(1);
    }

    [Fact]
    public async Task Refuses_a_call_that_names_a_shard_twice()
    {
        var append = new ShardAppend(0, Grant.Epoch, 0, [], []);
        var call = async () => await Journal.AppendAsync([append, append], None);
        await call.Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Names_the_entity_whose_event_another_tool_has_put_there()
    {
        await StoreAsync(Source.Next(Grant.Epoch));
        await _database!.ExecuteAsync("""
            INSERT INTO orchestrator.journal SELECT shard_id, 1000, entity, 2, epoch, type_id, type_ver, at, link, recorded_at, meta,
            payload, payload_hash, hash FROM orchestrator.journal
            """);
        var call = async () => await StoreAsync(Source.Next(Grant.Epoch));
        var error = (await call.Should().ThrowAsync<JournalException>()).Which;
        (error.Code, error.IsTransient, error.OutcomeUnknown).Should().Be((JournalErrorCodes.BrokenHistory, false, false));
        error.Message.Should().Contain("1/a is at sequence number 2");
    }

    [Fact]
    public async Task Keeps_its_numbers_of_entities_apart_beyond_one_block()
    {
        var sources = Enumerable.Range(0, 200).Select(static i => new EventSource(2, $"entity {i}")).ToArray();
        await StoreAsync([.. sources.Select(source => source.Next(Grant.Epoch))]);
        await StoreAsync([.. sources.Select(source => source.Next(Grant.Epoch))]);
        (await _database!.ScalarAsync<long>("SELECT count(DISTINCT id) FROM orchestrator.entity")).Should().Be(200);
        (await Journal.ListEntitiesAsync(2, None)).Should().HaveCount(200);
    }
}
