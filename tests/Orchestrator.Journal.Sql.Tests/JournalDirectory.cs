using Microsoft.Data.Sqlite;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Journal.Sql.Tests;

/// <summary>A directory with a journal, gone after the test.</summary>
public sealed class JournalDirectory : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("orchestrator-journal-").FullName;

    public string Database => Path.Combine(Root, "journal.db");

    public Task<SqliteJournal> OpenAsync(int shards = 4, TimeProvider? clock = null) =>
        SqliteJournal.OpenAsync(Database, shards, clock ?? TimeProvider.System);

    /// <summary>Changes the closed file behind the journal's back.</summary>
    public void Tamper(string sql, params (string Name, object Value)[] parameters)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are those of the tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
