using Orchestrator.Actors.Projections;
using Orchestrator.Journal.Sql.Projections;
using Orchestrator.Journal.Sql.Tests.Postgres;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Projections;

public sealed class PostgresProjectionStore_contract : ProjectionStoreContract
{
    private PostgresDatabase? _database;

    protected override async ValueTask<IProjectionStore> OpenAsync()
    {
        _database ??= await PostgresDatabase.CreateAsync();
        return await PostgresProjectionStore.OpenAsync(PostgresJournals.Options(_database.ConnectionString));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _database!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Everything_is_there_after_reopening()
    {
        await Store.RegisterAsync(One, None);
        await CommitAsync(One, 0, 0, 1, Put("a", "1"));
        await Store.RegisterAsync(Two, None);

        await using var again = await OpenAsync();
        (await again.FindAsync(One.Name, "a", None)).Should().NotBeNull();
        (await again.RegisterAsync(Two, None)).Should().Be(ProjectionStanding.Building);
    }

    [Fact]
    public async Task Of_two_nodes_that_move_the_same_shard_at_once_one_wins()
    {
        await Store.RegisterAsync(One, None);
        await using var other = await OpenAsync();
        for (var position = 0; position < 50; position++)
        {
            var commit = new ShardCommit(0, position, Offset(position + 1), [Put("a", $"{position}")], []);
            var stored = await Task.WhenAll(
                Store.CommitAsync(One, [commit], None).AsTask(), other.CommitAsync(One, [commit], None).AsTask());
            stored.Count(result => result[0]).Should().Be(1);
        }
    }

    [Fact]
    public async Task Nodes_that_register_at_once_agree_on_the_active_version()
    {
        await using var other = await OpenAsync();
        var standings = await Task.WhenAll(Store.RegisterAsync(One, None).AsTask(), other.RegisterAsync(Two, None).AsTask());

        standings.Should().Contain(ProjectionStanding.Active);
        standings.Count(standing => standing == ProjectionStanding.Active).Should().Be(1);
    }
}
