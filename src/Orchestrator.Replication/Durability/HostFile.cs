using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Replication.Durability;

/// <summary>What libc tells about an open file and .NET does not: locks, holes, device sizes, identity.</summary>
internal static partial class HostFile
{
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const nuint BlockDeviceSize64 = 0x80081272; // BLKGETSIZE64, _IOR(0x12, 114, size_t) on 64-bit Linux.
    private const int OpenReadWrite = 0x2;
    private const int OpenExclusive = 0x80;
    private const int OpenCloseOnExec = 0x80000;
    private const int StatxBasic = 0x7ff;
    private const int AtEmptyPath = 0x1000;
    private const int NoSuchAddress = 6;
    private const int WouldBlock = 11;

    /// <summary>Takes the advisory lock of the whole file; false when somebody else holds it.</summary>
    /// <remarks>flock belongs to the open file, so it also keeps out a second opening in this process, and the kernel drops it at death.</remarks>
    public static bool TryLock(SafeFileHandle file, bool shared)
    {
        if (OperatingSystem.IsWindows())
        {
            return true; // FileShare.None is mandatory there.
        }

        return file.Call(fd => FLock(fd, (shared ? LockShared : LockExclusive) | LockNonBlocking)) == 0;
    }

    /// <summary>Whether opening failed because of somebody's lock: .NET itself takes a shared flock on every file it opens.</summary>
    public static bool IsSharingViolation(IOException error) => error.HResult is WouldBlock or unchecked((int)0x80070020);

    /// <summary>The size of a Linux block device, or null when the file is none.</summary>
    public static long? DeviceLength(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var length = 0L;
        return file.Call(fd => IoCtl(fd, BlockDeviceSize64, ref length)) == 0 ? length : null;
    }

    /// <summary>Claims a Linux block device: fails while it is mounted or claimed by another program.</summary>
    public static SafeFileHandle? TryClaimDevice(string path)
    {
        var fd = Open(path, OpenReadWrite | OpenExclusive | OpenCloseOnExec);
        return fd < 0 ? null : new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <summary>The start of the next data at or after <paramref name="offset"/>, <paramref name="end"/> when there is none.</summary>
    public static long NextData(SafeFileHandle file, long offset, long end) => Seek(file, offset, end, SeekData, whenUnsupported: offset);

    /// <summary>The start of the next hole at or after <paramref name="offset"/>, at most <paramref name="end"/>.</summary>
    public static long NextHole(SafeFileHandle file, long offset, long end) => Seek(file, offset, end, SeekHole, whenUnsupported: end);

    /// <summary>Size, time of last change, device and inode.</summary>
    public static FileIdentity Identity(SafeFileHandle file, string path)
    {
        Span<byte> buffer = stackalloc byte[256];
        if (OperatingSystem.IsLinux() && StatX(file, buffer))
        {
            var device = ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(buffer[136..]) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(buffer[140..]);
            var seconds = BinaryPrimitives.ReadInt64LittleEndian(buffer[112..]);
            var nanoseconds = BinaryPrimitives.ReadUInt32LittleEndian(buffer[120..]);
            return new FileIdentity((seconds * 1_000_000_000) + nanoseconds, device, BinaryPrimitives.ReadUInt64LittleEndian(buffer[32..]));
        }

        return new FileIdentity((File.GetLastWriteTimeUtc(path) - DateTime.UnixEpoch).Ticks * 100, 0, 0);
    }

    private static bool StatX(SafeFileHandle file, Span<byte> buffer) =>
        file.Call(buffer, static (fd, buffer) => StatX(fd, "", AtEmptyPath, StatxBasic, buffer)) == 0;

    private static long Seek(SafeFileHandle file, long offset, long end, int whence, long whenUnsupported)
    {
        if (!OperatingSystem.IsLinux())
        {
            return whenUnsupported;
        }

        var error = 0;
        var found = 0L;
        _ = file.Call(fd =>
        {
            found = LSeek(fd, offset, whence);
            error = found < 0 ? Marshal.GetLastPInvokeError() : 0;
            return 0;
        });
        return error switch
        {
            0 => Math.Clamp(found, offset, end),
            NoSuchAddress => end, // No data up to the end of the file.
            _ => whenUnsupported,
        };
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(int fd, int operation);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoCtl(int fd, nuint request, ref long value);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "lseek64", SetLastError = true)]
    private static partial long LSeek(int fd, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int fd, string path, int flags, uint mask, Span<byte> buffer);
}

/// <summary>What tells one state of a file from another, besides its size.</summary>
/// <param name="ModifiedNanoseconds">The time of the last change since 1970, as the file system keeps it.</param>
/// <param name="Device">The device the file is on; may change with a reboot.</param>
/// <param name="Inode">The file's number there.</param>
internal readonly record struct FileIdentity(long ModifiedNanoseconds, ulong Device, ulong Inode);
