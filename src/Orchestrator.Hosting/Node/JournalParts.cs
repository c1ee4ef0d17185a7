using Microsoft.Extensions.Logging;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;
using Orchestrator.Contracts;
using Orchestrator.Control.Queries;
using Orchestrator.Hosting.Configuration;
using Orchestrator.Hosting.Evidence;
using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Journal.Sql.Projections;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Hosting.Node;

/// <summary>A node's journal and what goes with it, of one provider.</summary>
/// <param name="Journal">The journal.</param>
/// <param name="ReadModels">The read models.</param>
/// <param name="Inspector">Looks at the journal on its medium.</param>
/// <param name="Health">What is wrong with it now.</param>
internal sealed record JournalParts(
    IJournal Journal, IProjectionStore ReadModels, IJournalInspector Inspector, Func<IReadOnlyList<HealthReasonView>> Health)
{
    /// <summary>Opens a journal in a SQLite file, with its checkpoints.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="data">The node's data directory.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logs">The logs.</param>
    /// <param name="opened">Takes what must be closed, in the order it was opened.</param>
    /// <param name="cancellation">Gives up starting.</param>
    public static async Task<JournalParts> OpenSqliteAsync(
        JournalOptions options, string data, TimeProvider time, ILoggerFactory logs, Action<IAsyncDisposable> opened, CancellationToken cancellation)
    {
        var path = Path.GetFullPath(options.Path.Length > 0 ? options.Path : Path.Combine(data, "journal.db"));
        var journal = await SqliteJournal.OpenAsync(path, options.Shards, time);
        opened(journal);
        var readModels = await SqliteProjectionStore.OpenAsync(Path.Combine(Path.GetDirectoryName(path)!, "projections.db"));
        opened(readModels);
        var key = Path.GetFullPath(options.Checkpoint.KeyFile.Length > 0 ? options.Checkpoint.KeyFile : Path.Combine(data, "checkpoint-key.pem"));
        var checkpoints = new CheckpointService(journal, path, options.Checkpoint, key, time, logs.CreateLogger<CheckpointService>());
        opened(checkpoints); // Before the machines: when they have stopped, it seals their last events.
        await checkpoints.StartAsync(cancellation);
        var inspector = new JournalInspector(path, journal.Checkpoints, checkpoints, CheckpointKeyFile.PublicPath(key));
        return new JournalParts(journal, readModels, inspector, () => checkpoints.Health);
    }

    /// <summary>Opens a journal in PostgreSQL.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="time">The clock.</param>
    /// <param name="opened">Takes what must be closed, in the order it was opened.</param>
    public static async Task<JournalParts> OpenPostgresAsync(JournalOptions options, TimeProvider time, Action<IAsyncDisposable> opened)
    {
        var server = Server(options);
        var journal = await PostgresJournal.OpenAsync(server, options.Shards, time);
        opened(journal);
        var readModels = await PostgresProjectionStore.OpenAsync(server);
        opened(readModels);
        return new JournalParts(journal, readModels, new PostgresInspector(server), () => []);
    }

    /// <summary>Where the database is.</summary>
    public static PostgresJournalOptions Server(JournalOptions options) => new() { ConnectionString = options.ConnectionString };
}
