using System.Globalization;
using Npgsql;
using Orchestrator.Journal.Sql.Schema;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>The options, checked and turned into the settings of each kind of connection.</summary>
internal sealed class PostgresSettings
{
    private readonly NpgsqlConnectionStringBuilder _given;

    public PostgresSettings(PostgresJournalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CommandTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.CommandTimeout, TimeSpan.FromHours(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ReadConnections, 1);
        _given = Parse(options.ConnectionString);
        CommandTimeout = options.CommandTimeout;
        ReadConnections = options.ReadConnections;
        var hosts = _given.Host!.Split(',').Select(host =>
            host.Contains(':', StringComparison.Ordinal) ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{_given.Port}"));
        Server = $"{string.Join(",", hosts)}/{_given.Database ?? _given.Username}";
    }

    public TimeSpan CommandTimeout { get; }

    public int ReadConnections { get; }

    /// <summary>Host, port and database, for messages.</summary>
    public string Server { get; }

    /// <summary>One connection, never cancelled by a timeout of the client.</summary>
    public NpgsqlDataSource ForWriting() => Build("writer", settings =>
    {
        settings.Pooling = false;
        settings.CommandTimeout = 0;
    });

    /// <summary>A few connections; what is run often is prepared.</summary>
    public NpgsqlDataSource ForReading() => Build("reader", settings =>
    {
        settings.Pooling = true;
        settings.MinPoolSize = 0;
        settings.MaxPoolSize = ReadConnections;
        settings.CommandTimeout = (int)Math.Ceiling(CommandTimeout.TotalSeconds);
        settings.MaxAutoPrepare = 32;
        settings.AutoPrepareMinUsages = 2;
    });

    /// <summary>A few connections for leases: an answer that comes after the lease has run out is of no use.</summary>
    public NpgsqlDataSource ForMembership() => Build("membership", settings =>
    {
        settings.Pooling = true;
        settings.MinPoolSize = 0;
        settings.MaxPoolSize = 3;
        settings.CommandTimeout = 5;
        settings.Timeout = 5;
        settings.MaxAutoPrepare = 16;
        settings.AutoPrepareMinUsages = 2;
    });

    /// <summary>One connection that reads for as long as it takes.</summary>
    public NpgsqlDataSource ForImage() => Build("image", settings =>
    {
        settings.Pooling = false;
        settings.CommandTimeout = 0;
    });

    // What is wrong is not quoted: a password that was not put in quotes would be part of it.
    private static NpgsqlConnectionStringBuilder Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        try
        {
            var given = new NpgsqlConnectionStringBuilder(text);
            return string.IsNullOrEmpty(given.Host) ? throw new ArgumentException("no host") : given;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or OverflowException or KeyNotFoundException)
        {
            throw new ArgumentException(
                "The connection string of the journal cannot be read. It has the form Host=...;Port=5432;Database=...;Username=...;"
                + "Password=...; a value that holds a semicolon or a quotation mark stands in quotation marks.", nameof(text));
        }
    }

    private NpgsqlDataSource Build(string role, Action<NpgsqlConnectionStringBuilder> adapt)
    {
        var settings = new NpgsqlConnectionStringBuilder(_given.ConnectionString)
        {
            SearchPath = PostgresSchema.Name,
            ApplicationName = $"{_given.ApplicationName ?? "orchestrator"} journal {role}",
            Enlist = false,
            TcpKeepAlive = true,
            TcpKeepAliveTime = 5,
            TcpKeepAliveInterval = 1,
        };
        adapt(settings);
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        return settings.Host!.Contains(',', StringComparison.Ordinal)
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary)
            : builder.Build();
    }
}
