using Npgsql;

namespace Orchestrator.Tests.Shared;

/// <summary>One database of a cluster, gone after the test.</summary>
public sealed class PostgresDatabase(PostgresCluster cluster, string name) : IAsyncDisposable
{
    /// <summary>The server it is on.</summary>
    public PostgresCluster Cluster { get; } = cluster;

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>How to connect as the superuser.</summary>
    public string ConnectionString => Cluster.ConnectionTo(Name).ConnectionString;

    /// <summary>A new database on the cluster of this process.</summary>
    public static async Task<PostgresDatabase> CreateAsync() => await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();

    /// <summary>Runs statements as the superuser, who may do anything.</summary>
    public Task ExecuteAsync(params string[] statements) => Cluster.ExecuteAsync(Name, statements);

    /// <summary>One value, as the superuser sees it.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
#pragma warning disable CA2100 // The texts are those of the tests.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Waits until a condition holds; asks again and again.</summary>
    /// <exception cref="TimeoutException">It did not within a minute.</exception>
    public async Task UntilAsync(string condition)
    {
        await using var connection = await OpenAsync();
#pragma warning disable CA2100 // The texts are those of the tests.
        await using var command = new NpgsqlCommand(condition, connection);
#pragma warning restore CA2100
        var start = TimeProvider.System.GetTimestamp();
        while (!(bool)(await command.ExecuteScalarAsync())!)
        {
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromMinutes(1))
            {
                throw new TimeoutException($"Never true: {condition}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>A connection of the superuser.</summary>
    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    public async ValueTask DisposeAsync() =>
        await Cluster.ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
}
