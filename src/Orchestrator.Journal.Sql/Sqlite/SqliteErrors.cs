using Microsoft.Data.Sqlite;
using Orchestrator.Actors.Persistence;
using static SQLitePCL.raw;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>Turns result codes of SQLite into the journal's errors.</summary>
internal static class SqliteErrors
{
    // SQLITE_IOERR_SHMSIZE: the index of the log could not grow. It grows after the commit record is durable.
    private const int IndexCouldNotGrow = SQLITE_IOERR | (19 << 8);

    /// <summary>Maps an error.</summary>
    /// <param name="error">What SQLite said.</param>
    /// <param name="path">The file, for the message.</param>
    /// <param name="committing">
    /// Whether it came from COMMIT. Before, nothing can have become durable. There, a full disk leaves no valid commit record
    /// and the log is written over at the next commit, but after a failed flush the record may or may not be on the disk.
    /// </param>
    public static JournalException Map(SqliteException error, string path, bool committing) => error.SqliteErrorCode switch
    {
        SQLITE_FULL => Make(JournalErrorCodes.DiskFull, error, true, false,
            $"The disk of the journal {path} is full. Nothing was stored. Free space or enlarge the disk; writing goes on by itself"),
        SQLITE_BUSY or SQLITE_LOCKED => Make(JournalErrorCodes.Busy, error, true, false,
            $"Another program holds the write lock of the journal {path}. Nothing was stored. Close tools that write to the file"),
        SQLITE_CORRUPT or SQLITE_NOTADB => Make(JournalErrorCodes.Corrupt, error, false, committing,
            $"The journal {path} is damaged or is no database. Stop the service, keep a copy of the file and of its -wal file, "
            + "run 'journal verify' on the copy, and restore the latest good backup"),
        SQLITE_CANTOPEN or SQLITE_READONLY or SQLITE_PERM or SQLITE_AUTH => Make(
            JournalErrorCodes.AccessDenied, error, false, committing,
            $"The journal {path} cannot be opened or written. Check that the directory exists, its owner and its mode, "
            + "and that the file system is not mounted read-only"),
        SQLITE_IOERR when error.SqliteExtendedErrorCode == IndexCouldNotGrow => Make(
            JournalErrorCodes.DiskFull, error, false, committing,
            $"The disk of the journal {path} is full and its log could not be indexed. Free space, then restart the service"),
        SQLITE_IOERR => Make(JournalErrorCodes.IoFailed, error, false, committing,
            $"The disk of the journal {path} failed. Check the disk and the system log, then restart the service"),
        _ => Make(JournalErrorCodes.StoreFailed, error, false, committing,
            $"The journal {path} failed. Restart the service; if it happens again, run 'journal verify'"),
    };

    /// <summary>Whether the writing connection must not be used again after this error.</summary>
    /// <remarks>After a failed flush the kernel drops the pages as if clean: a second flush "succeeds" with the data lost.</remarks>
    public static bool StopsTheJournal(JournalException error) =>
        error.OutcomeUnknown || error.Code is JournalErrorCodes.IoFailed or JournalErrorCodes.Corrupt
        || (error.Code == JournalErrorCodes.DiskFull && !error.IsTransient);

    private static JournalException Make(string code, SqliteException error, bool transient, bool unknown, string message) =>
        new(code, $"{message}. (SQLite {error.SqliteErrorCode}/{error.SqliteExtendedErrorCode}: {error.Message})",
            transient, unknown, error);
}
