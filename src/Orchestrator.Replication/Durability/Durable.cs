using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Replication.Durability;

/// <summary>Durability through libc, with every error checked.</summary>
/// <remarks>
/// The .NET 10 runtime's own flush calls (RandomAccess.FlushToDisk, FileStream.Flush(true), WriteThrough) swallow fsync errors on Linux,
/// so they are banned here. After a failed flush the kernel marks the pages clean: a second flush "succeeds" without having
/// written anything. The caller must therefore stop acknowledging and open the file anew; it must never retry.
/// </remarks>
public static partial class Durable
{
    private const int OpenReadOnly = 0;
    private const int OpenDirectory = 0x10000;
    private const int FallocatePunchHole = 0x02 | 0x01;
    private const int FallocateZeroRange = 0x10 | 0x01;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int Interrupted = 4;
    private const int AlreadyExists = 17;
    private const int FullFSync = 51; // macOS: fsync alone leaves the data in the drive's cache.

    /// <summary>Makes the file's data, and the metadata needed to read it back, durable.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.FlushFailed"/>.</exception>
    public static void Flush(SafeFileHandle file, string path)
    {
        var result = OperatingSystem.IsWindows()
            ? FlushFileBuffers(file) ? 0 : -1
            : file.Call(OperatingSystem.IsMacOS() ? static fd => FCntl(fd, FullFSync) : static fd => FDataSync(fd));
        Check(result, ErrorCodes.FlushFailed, $"Flushing {path} failed");
    }

    /// <summary>Makes the creation, renaming and deletion of a directory's entries durable.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.FlushFailed"/>.</exception>
    public static void FlushDirectory(string directory)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return; // NTFS journals its own entries.
        }

        var fd = Open(directory, OpenReadOnly | (OperatingSystem.IsLinux() ? OpenDirectory : 0));
        Check(fd, ErrorCodes.FlushFailed, $"Opening the directory {directory} failed");
        try
        {
            Check(FSync(fd), ErrorCodes.FlushFailed, $"Flushing the directory {directory} failed");
        }
        finally
        {
            _ = Close(fd);
        }
    }

    /// <summary>Replaces a small file as one step: after a crash either the old or the new content is there, whole.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, content, 0);
            Flush(file, temporary);
        }

        File.Move(temporary, path, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Gives a finished file its name unless another file has it already; either way the temporary name is gone.</summary>
    /// <remarks>A hard link is the one step that fails when the name exists; the runtime's move looks first and renames then.</remarks>
    /// <returns>Whether this file got the name.</returns>
    public static bool PublishOnce(string temporary, string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return MoveUnlessThere(temporary, path);
        }

        var error = Link(temporary, path) == 0 ? 0 : Marshal.GetLastPInvokeError();
        File.Delete(temporary);
        if (error is not 0 and not AlreadyExists)
        {
            ThrowOnError(error, ErrorCodes.DiskFailed, $"Creating {path} failed");
        }

        return error == 0;
    }

    /// <summary>Reserves real space for the file, so that later writes into it (also through a map) cannot run out of space.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.DiskFull"/> (transient) or <see cref="ErrorCodes.DiskFailed"/>.</exception>
    public static void Allocate(SafeFileHandle file, string path, long length)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.SetLength(file, length); // NTFS reserves on extension; APFS gives no such promise.
            return;
        }

        var error = file.Call(fd =>
        {
            int result;
            do
            {
                result = PosixFallocate(fd, 0, length);
            }
            while (result == Interrupted);
            return result;
        });
        ThrowOnError(error, ErrorCodes.DiskFailed, $"Reserving {length} bytes for {path} failed");
    }

    /// <summary>Gives a range's space back; it reads as zeroes afterwards.</summary>
    /// <returns>False where the file system cannot do it; write zeroes instead.</returns>
    public static bool TryPunchHole(SafeFileHandle file, long offset, long length) =>
        OperatingSystem.IsLinux() && file.Call(fd => Fallocate(fd, FallocatePunchHole, offset, length)) == 0;

    /// <summary>Makes a range read as zeroes while its space stays reserved.</summary>
    /// <returns>False where the file system cannot do it; write zeroes instead.</returns>
    public static bool TryZeroRange(SafeFileHandle file, long offset, long length) =>
        OperatingSystem.IsLinux() && file.Call(fd => Fallocate(fd, FallocateZeroRange, offset, length)) == 0;

    private static bool MoveUnlessThere(string temporary, string path)
    {
        try
        {
            File.Move(temporary, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
            return false;
        }
    }

    private static void Check(int result, string code, string what)
    {
        if (result < 0)
        {
            ThrowOnError(Marshal.GetLastPInvokeError(), code, what);
        }
    }

    private static void ThrowOnError(int error, string code, string what)
    {
        if (error == 0)
        {
            return;
        }

        var full = error is NoSpace or QuotaExceeded;
        throw new ReplicationException(
            full && code != ErrorCodes.FlushFailed ? ErrorCodes.DiskFull : code,
            $"{what}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).", isTransient: full);
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(int fd);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FCntl(int fd, int command);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int fd);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFallocate(int fd, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Fallocate(int fd, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string created);
}
