using System.Globalization;
using System.Text;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>Holds a directory for one process; the kernel lets go of it when the process dies, however it dies.</summary>
/// <remarks>SQLite up to 3.51.2 can damage a write-ahead log when two connections write and checkpoint at the same moment.</remarks>
internal sealed class DirectoryLock : IDisposable
{
    private const string FileName = "journal.lock";
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    public static DirectoryLock Take(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            Directory.CreateDirectory(directory);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            WriteOwner(file);
            return new DirectoryLock(file);
        }
        catch (IOException error) when (IsHeldByAnother(error))
        {
            throw new JournalException(JournalErrorCodes.InUse,
                $"The journal in {directory} is in use by another process{ReadOwner(path)}. Stop that one first; "
                + "two services never share a SQLite journal.", isTransient: false, outcomeUnknown: false, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(JournalErrorCodes.AccessDenied,
                $"The directory {directory} of the journal cannot be locked: {error.Message} Check its owner, mode and free space.",
                isTransient: false, outcomeUnknown: false, error);
        }
    }

    public void Dispose() => _file.Dispose();

    private static bool IsHeldByAnother(IOException error) => error.HResult is
        11 or 35 /* EWOULDBLOCK of Linux, macOS */ or unchecked((int)0x80070020) /* Windows */;

    // The number is for the reader of the error only, so a disk too full to hold it does not matter.
    private static void WriteOwner(FileStream file)
    {
        try
        {
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            file.Flush();
        }
        catch (IOException)
        {
        }
    }

    private static string ReadOwner(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file, Encoding.ASCII);
            return reader.ReadToEnd() is { Length: > 0 } owner ? $" (pid {owner})" : "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
