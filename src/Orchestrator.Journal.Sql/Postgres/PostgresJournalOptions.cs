namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>Where the journal's database is and how it is used.</summary>
public sealed record PostgresJournalOptions
{
    /// <summary>
    /// How to connect, in Npgsql's words: <c>Host=db1,db2;Port=5432;Database=orchestrator;Username=...;Password=...</c>. With several
    /// hosts the one that is the primary is used. The pool sizes and timeouts in it do not count; those below do.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// How long an answer may take. After that an append's outcome is unknown and the connection is left behind; it is never
    /// cancelled, because a cancelled commit may be reported as done although no replica has it.
    /// </summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most connections that read at the same time, beside the one that writes.</summary>
    public int ReadConnections { get; init; } = 4;
}
