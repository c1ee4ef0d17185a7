using Npgsql;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>Turns what PostgreSQL and the network say into the journal's errors.</summary>
/// <remarks>
/// An ERROR of the server ends the transaction: nothing of it was stored. A FATAL ends the session and may come while the
/// commit is under way; a lost connection tells nothing at all. See the server's appendix "PostgreSQL Error Codes".
/// </remarks>
internal static class PostgresErrors
{
    /// <summary>Whether it is an error of the server or of the connection, rather than of this program.</summary>
    public static bool IsStoreError(Exception error) => error is NpgsqlException or IOException or TimeoutException;

    /// <summary>Maps an error of a statement.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="server">Host, port and database.</param>
    /// <param name="mayCommit">Whether the statement would have stored something.</param>
    public static JournalException Map(Exception error, string server, bool mayCommit) => error is PostgresException refusal
        ? MapRefusal(refusal, server, mayCommit && !EndsTransactionOnly(refusal))
        : Make(JournalErrorCodes.ConnectionLost, error, true, mayCommit,
            $"The connection to the journal {server} was lost. It is tried again; check the server and the network if this goes on");

    /// <summary>Maps an error of connecting: nothing was sent yet.</summary>
    public static JournalException MapConnect(Exception error, string server) => error is PostgresException refusal
        ? MapRefusal(refusal, server, unknown: false)
        : Make(JournalErrorCodes.CannotConnect, error, true, false,
            $"The journal {server} cannot be reached. Check the host, the port, the firewall and that PostgreSQL runs there");

    /// <summary>No answer in time.</summary>
    public static JournalException TimedOut(string server, TimeSpan timeout, bool mayCommit) => new(
        JournalErrorCodes.ConnectionLost,
        $"The journal {server} gave no answer within {timeout.TotalSeconds:0} s. It is tried again on another connection; "
        + "check the server's load and its locks, and that its synchronous replicas run.", isTransient: true, mayCommit);

    /// <summary>The server said "done" and, in a warning, that it did not wait for its replicas.</summary>
    public static JournalException LocalOnly(string server, string warning) => new(
        JournalErrorCodes.ConnectionLost,
        $"The journal {server} answered with a warning: {warning} Whether the replicas have the events is checked before they count.",
        isTransient: true, outcomeUnknown: true);

    /// <summary>Whether the session can be used after the error.</summary>
    public static bool LeavesSessionUsable(Exception error) => error is PostgresException refusal && EndsTransactionOnly(refusal)
        && refusal.SqlState is not (PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.InvalidSqlStatementName);

    private static bool EndsTransactionOnly(PostgresException refusal) => refusal.InvariantSeverity == "ERROR"
        && refusal.SqlState != PostgresErrorCodes.StatementCompletionUnknown;

    private static JournalException MapRefusal(PostgresException error, string server, bool unknown) => error.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => Make(
            JournalErrorCodes.LoginRefused, error, false, unknown,
            $"The journal {server} refused the login. Check the user name and the password, and pg_hba.conf on the server"),
        PostgresErrorCodes.InvalidCatalogName => Make(JournalErrorCodes.DatabaseMissing, error, false, unknown,
            $"The database of the journal {server} does not exist. Create it (UTF8, empty), or correct its name"),
        PostgresErrorCodes.InsufficientPrivilege => Make(JournalErrorCodes.AccessDenied, error, false, unknown,
            $"The user may not do that in the journal {server}. Grant the rights the README of the journal lists"),
        PostgresErrorCodes.DiskFull => Make(JournalErrorCodes.DiskFull, error, true, unknown,
            $"The disk of the journal {server} is full. Free space or enlarge it; writing goes on by itself"),
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable
            or PostgresErrorCodes.QueryCanceled => Make(JournalErrorCodes.Busy, error, true, unknown,
            $"The journal {server} was busy with another session. It is tried again; end sessions that hold locks if this goes on"),
        PostgresErrorCodes.UniqueViolation => Make(JournalErrorCodes.BrokenHistory, error, false, unknown,
            $"The journal {server} holds an event or an entity already that the append wants to store. Nothing of the call was stored"),
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => Make(JournalErrorCodes.Corrupt, error, false, unknown,
            $"The journal {server} is damaged. Stop the service, run 'journal verify', and restore the latest good backup"),
        _ => MapClass(error, server, unknown),
    };

    private static JournalException MapClass(PostgresException error, string server, bool unknown) => error.SqlState[..2] switch
    {
        "53" => Make(JournalErrorCodes.Busy, error, true, unknown,
            $"The journal {server} has no room for another connection or more work. Raise its limits if this goes on"),
        "08" or "57" or "25" or "26" or "40" => Make(JournalErrorCodes.ConnectionLost, error, true, unknown,
            $"The journal {server} ended the session, starts up, or is no primary. It is tried again; check the server if this goes on"),
        "58" => Make(JournalErrorCodes.IoFailed, error, false, unknown,
            $"The disk of the journal {server} failed. Check the disk and the server's log"),
        _ => Make(JournalErrorCodes.StoreFailed, error, false, unknown,
            $"The journal {server} refused a statement. Look into the server's log; if it happens again, run 'journal verify'"),
    };

    private static JournalException Make(string code, Exception error, bool transient, bool unknown, string message)
    {
        var detail = error is PostgresException refusal ? $"{refusal.SqlState}: {refusal.MessageText}" : error.Message;
        return new JournalException(code, $"{message}. (PostgreSQL {detail})", transient, unknown, error);
    }
}
