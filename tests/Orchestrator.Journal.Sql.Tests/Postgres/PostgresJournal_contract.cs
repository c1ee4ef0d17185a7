using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Postgres;

public sealed class PostgresJournal_contract : JournalContract
{
    private PostgresDatabase? _database;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _database!.DisposeAsync();
    }

    protected override async ValueTask<IJournal> OpenAsync(int shardCount)
    {
        _database ??= await PostgresDatabase.CreateAsync();
        return await _database.OpenJournalAsync(shardCount);
    }
}
