using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Tests.Contract;

namespace Orchestrator.Journal.Sql.Tests;

public sealed class SqliteJournal_contract : JournalContract
{
    private readonly JournalDirectory _directory = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    protected override async ValueTask<IJournal> OpenAsync(int shardCount) => await _directory.OpenAsync(shardCount);
}
