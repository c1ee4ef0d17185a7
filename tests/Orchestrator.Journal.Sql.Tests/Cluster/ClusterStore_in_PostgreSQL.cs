using System.Globalization;
using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Cluster;

public sealed class ClusterStore_in_PostgreSQL : ClusterStoreContract
{
    private PostgresDatabase _database = null!;
    private PostgresJournal _journal = null!;
    private PostgresClusterStore _store = null!;

    protected override IJournal Journal => _journal;

    protected override IClusterStore Store => _store;

    public override async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        var options = new PostgresJournalOptions { ConnectionString = _database.ConnectionString };
        _journal = await PostgresJournal.OpenAsync(options, 8, TimeProvider.System);
        _store = new PostgresClusterStore(options);
    }

    public override async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _journal.DisposeAsync();
        await _database.DisposeAsync();
    }

    // The server's clock cannot be moved; what it is compared with can.
    protected override Task PassAsync(double seconds)
    {
        var passed = seconds.ToString(CultureInfo.InvariantCulture);
        return _database.ExecuteAsync(
            $"UPDATE orchestrator.node SET lease_since = lease_since - interval '{passed} s', lease_until = lease_until - interval '{passed} s'",
            $"UPDATE orchestrator.shard SET released_at = released_at - interval '{passed} s'");
    }
}
