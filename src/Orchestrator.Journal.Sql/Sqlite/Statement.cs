using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>A prepared statement, bound by index.</summary>
/// <remarks>SqliteCommand looks each parameter up by name and boxes its value at every execution, which costs more than the insert.</remarks>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _handle;

    public Statement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _handle));
    }

    public Statement Set(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(_handle, index, value));
        return this;
    }

    public Statement Set(int index, string value)
    {
        Check(raw.sqlite3_bind_text(_handle, index, value));
        return this;
    }

    /// <summary>Binds bytes; null is NULL, and an empty array is an empty BLOB (which the plain call would make NULL).</summary>
    public Statement Set(int index, byte[]? value)
    {
        Check(value switch
        {
            null => raw.sqlite3_bind_null(_handle, index),
            [] => raw.sqlite3_bind_zeroblob(_handle, index, 0),
            _ => raw.sqlite3_bind_blob(_handle, index, value),
        });
        return this;
    }

    /// <summary>Moves to the next row; after the last one the statement is ready to be bound again.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(_handle);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        var error = result == raw.SQLITE_DONE ? null : LastError(result);
        Reset();
        return error is null ? false : throw error;
    }

    /// <summary>Runs to the end.</summary>
    /// <returns>How many rows the statement changed.</returns>
    public int Run()
    {
        while (Step())
        {
        }

        return raw.sqlite3_changes(_database);
    }

    public void Reset() => _ = raw.sqlite3_reset(_handle); // Repeats the error of the step, which was thrown already.

    public long Int64(int column) => raw.sqlite3_column_int64(_handle, column);

    public string Text(int column) => raw.sqlite3_column_text(_handle, column).utf8_to_string() ?? "";

    public byte[] Blob(int column) => raw.sqlite3_column_blob(_handle, column).ToArray();

    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    public void Dispose() => _handle.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw LastError(result);
        }
    }

    private SqliteException LastError(int result)
    {
        // The connection keeps the extended code of its last call, the result may be the primary one only.
        var extended = raw.sqlite3_extended_errcode(_database);
        return new SqliteException(raw.sqlite3_errmsg(_database).utf8_to_string(), result & 0xFF, extended);
    }
}
