using System.Globalization;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Journal.Sql.Projections;

/// <summary>Creates and checks the file of the read models.</summary>
/// <remarks>No migrations: a read model of another schema is deleted and built again from the journal.</remarks>
internal static class SqliteProjectionSchema
{
    /// <summary>"ORP1" in the database header.</summary>
    public const int ApplicationId = 0x4F525031;

    private const int Version = 1;

    private const string Tables = """
        CREATE TABLE projection(id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, active INTEGER NOT NULL, UNIQUE(name, version));
        CREATE UNIQUE INDEX projection_active ON projection(name) WHERE active = 1;
        CREATE TABLE projection_offset(
          projection INTEGER NOT NULL REFERENCES projection(id), shard_id INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
          PRIMARY KEY(projection, shard_id)) WITHOUT ROWID;
        CREATE TABLE projection_row(
          projection INTEGER NOT NULL REFERENCES projection(id), key TEXT NOT NULL, shard_id INTEGER NOT NULL, value BLOB NOT NULL,
          PRIMARY KEY(projection, key)) WITHOUT ROWID;
        CREATE TABLE dead_letter(
          projection INTEGER NOT NULL REFERENCES projection(id), shard_id INTEGER NOT NULL, position INTEGER NOT NULL,
          attempts INTEGER NOT NULL, error TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(projection, shard_id, position)) WITHOUT ROWID;
        """;

    public static void Prepare(SqliteSession session)
    {
        // A commit lost in a power cut is made again from the journal: no need to wait for the disk at each one.
        session.Execute("PRAGMA synchronous = NORMAL");
        session.InTransaction(() =>
        {
            var application = session.Scalar("PRAGMA application_id");
            if (application == 0 && session.Scalar("SELECT count(*) FROM sqlite_master") == 0)
            {
                session.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}"));
                session.Execute(Tables);
            }
            else if (application != ApplicationId || session.Scalar("PRAGMA user_version") != Version)
            {
                throw new JournalException(JournalErrorCodes.NotAReadModel,
                    $"{session.Path} is not a read model of this version of the product. Delete it, and it is built again from the journal; "
                    + "or name another file for the read models.", isTransient: false, outcomeUnknown: false);
            }

            return true;
        });
    }
}
