namespace Orchestrator.Journal.Sql;

/// <summary>The stable codes of <see cref="Actors.Persistence.JournalException"/>; a code is never reused.</summary>
public static class JournalErrorCodes
{
    /// <summary>The file is a database of something else.</summary>
    public const string NotAJournal = "ORC4001";

    /// <summary>The journal was written by a newer version of the product.</summary>
    public const string SchemaTooNew = "ORC4002";

    /// <summary>Another process has the journal's directory open.</summary>
    public const string InUse = "ORC4003";

    /// <summary>Another program holds the database's write lock; transient.</summary>
    public const string Busy = "ORC4004";

    /// <summary>The disk is full; transient unless the journal had to stop.</summary>
    public const string DiskFull = "ORC4005";

    /// <summary>The database file is damaged.</summary>
    public const string Corrupt = "ORC4006";

    /// <summary>The journal stopped after an earlier failure whose outcome it cannot know; open it anew.</summary>
    public const string Stopped = "ORC4007";

    /// <summary>The events do not continue their entity's history.</summary>
    public const string BrokenHistory = "ORC4008";

    /// <summary>The journal was created with another number of shards.</summary>
    public const string ShardCountMismatch = "ORC4009";

    /// <summary>The file may not be opened or written.</summary>
    public const string AccessDenied = "ORC4010";

    /// <summary>Reading, writing or flushing the file failed.</summary>
    public const string IoFailed = "ORC4011";

    /// <summary>The snapshot does not belong to a history stored here.</summary>
    public const string ForeignSnapshot = "ORC4012";

    /// <summary>The store failed in a way that has no code of its own.</summary>
    public const string StoreFailed = "ORC4013";

    /// <summary>The database server cannot be reached; transient.</summary>
    public const string CannotConnect = "ORC4014";

    /// <summary>The database server refused the user or the password.</summary>
    public const string LoginRefused = "ORC4015";

    /// <summary>The database server has no database of this name.</summary>
    public const string DatabaseMissing = "ORC4016";

    /// <summary>The connection was lost, or the server did not answer in time; transient.</summary>
    public const string ConnectionLost = "ORC4017";

    /// <summary>The database server is too old or set up so that it would not keep what it acknowledged.</summary>
    public const string UnsuitableServer = "ORC4018";

    /// <summary>The file of the read models is something else, or of another version; it may be deleted.</summary>
    public const string NotAReadModel = "ORC4030";
}
