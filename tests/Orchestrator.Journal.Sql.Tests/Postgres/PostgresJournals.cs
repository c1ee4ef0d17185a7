using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Postgres;

/// <summary>Journals in the databases of the tests.</summary>
internal static class PostgresJournals
{
    public static Task<PostgresJournal> OpenJournalAsync(this PostgresDatabase database, int shards = 4, TimeSpan? timeout = null) =>
        PostgresJournal.OpenAsync(Options(database.ConnectionString, timeout), shards, TimeProvider.System);

    public static PostgresJournalOptions Options(string connectionString, TimeSpan? timeout = null) =>
        new() { ConnectionString = connectionString, CommandTimeout = timeout ?? TimeSpan.FromSeconds(30) };

    /// <summary>A connection as the writer of a journal has it.</summary>
    public static async Task<PostgresSession> OpenSessionAsync(this PostgresDatabase database)
    {
        var settings = new PostgresSettings(Options(database.ConnectionString));
        return await PostgresSession.OpenAsync(settings.ForWriting(), settings, TimeProvider.System);
    }
}
