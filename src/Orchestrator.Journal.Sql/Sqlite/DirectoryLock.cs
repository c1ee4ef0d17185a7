using System.Globalization;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>Holds a directory for one process; the kernel lets go of it when the process dies, however it dies.</summary>
/// <remarks>SQLite up to 3.51.2 can damage a write-ahead log when two connections write and checkpoint at the same moment.</remarks>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _ownerFile;

    private DirectoryLock(FileStream file, string ownerFile)
    {
        _file = file;
        _ownerFile = ownerFile;
        WriteOwner();
    }

    public static DirectoryLock Take(string directory)
    {
        var path = Path.Combine(directory, "journal.lock");
        var ownerFile = Path.Combine(directory, "journal.pid"); // Not in the locked file, which nobody else can open.
        try
        {
            Directory.CreateDirectory(directory);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DirectoryLock(file, ownerFile);
        }
        catch (IOException error) when (IsHeldByAnother(error))
        {
            throw new JournalException(JournalErrorCodes.InUse,
                $"The journal in {directory} is in use by another process{ReadOwner(ownerFile)}. Stop that one first; "
                + "two services never share a SQLite journal.", isTransient: false, outcomeUnknown: false, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(JournalErrorCodes.AccessDenied,
                $"The directory {directory} of the journal cannot be locked: {error.Message} Check its owner, mode and free space.",
                isTransient: false, outcomeUnknown: false, error);
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_ownerFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is overwritten by the next owner.
        }

        _file.Dispose();
    }

    private static bool IsHeldByAnother(IOException error) => error.HResult is
        11 or 35 /* EWOULDBLOCK of Linux, macOS */ or unchecked((int)0x80070020) /* Windows */;

    // The number is for the reader of the error only, so a disk too full to hold it does not matter.
    private void WriteOwner()
    {
        try
        {
            File.WriteAllText(_ownerFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
        }
    }

    private static string ReadOwner(string ownerFile)
    {
        try
        {
            return File.ReadAllText(ownerFile) is { Length: > 0 } owner ? $" (pid {owner})" : "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
