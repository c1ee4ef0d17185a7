using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Replication.Target;

/// <summary>Positioned file access whose errors carry the data plane's codes.</summary>
internal static class FileIo
{
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static SafeFileHandle Open(string path, FileMode mode, FileShare share = FileShare.Read)
    {
        try
        {
            return File.OpenHandle(path, mode, FileAccess.ReadWrite, share);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Translate(e, $"Opening {path} failed");
        }
    }

    /// <summary>Reads until the buffer or the file ends; returns the bytes read.</summary>
    public static int ReadUpTo(SafeFileHandle file, string path, long offset, Span<byte> buffer)
    {
        try
        {
            var total = 0;
            while (total < buffer.Length)
            {
                var read = RandomAccess.Read(file, buffer[total..], offset + total);
                if (read == 0)
                {
                    break;
                }

                total += read;
            }

            return total;
        }
        catch (IOException e)
        {
            throw Translate(e, $"Reading {path} at {offset} failed");
        }
    }

    public static void Write(SafeFileHandle file, string path, long offset, ReadOnlySpan<byte> data)
    {
        try
        {
            RandomAccess.Write(file, data, offset);
        }
        catch (IOException e)
        {
            throw Translate(e, $"Writing {path} at {offset} failed");
        }
    }

    public static void Write(SafeFileHandle file, string path, long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        try
        {
            RandomAccess.Write(file, parts, offset);
        }
        catch (IOException e)
        {
            throw Translate(e, $"Writing {path} at {offset} failed");
        }
    }

    public static void SetLength(SafeFileHandle file, string path, long length)
    {
        try
        {
            RandomAccess.SetLength(file, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Translate(e, $"Setting the length of {path} to {length} failed");
        }
    }

    public static ReplicationException Translate(Exception error, string what)
    {
        var full = error.HResult is NoSpace or QuotaExceeded or WindowsDiskFull;
        return full
            ? new ReplicationException(ErrorCodes.DiskFull, $"{what}: no space is left. Free some space; it goes on by itself.", true, error)
            : new ReplicationException(ErrorCodes.DiskFailed, $"{what}: {error.Message} Check the disk and open the replica anew.", false, error);
    }
}
