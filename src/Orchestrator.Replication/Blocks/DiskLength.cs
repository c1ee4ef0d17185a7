using Orchestrator.Replication.Durability;

namespace Orchestrator.Replication.Blocks;

/// <summary>Measures a disk image or block device without opening it as a disk: somebody else may be using it.</summary>
public static class DiskLength
{
    private const int Sector = 512;

    /// <summary>The size in bytes, at least one sector and a multiple of it.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.DiskNotFound"/>, <see cref="ErrorCodes.DiskTooSmall"/> or
    /// <see cref="ErrorCodes.DiskFailed"/>.</exception>
    public static long Of(string path)
    {
        if (!File.Exists(path))
        {
            throw new ReplicationException(ErrorCodes.DiskNotFound,
                $"There is no disk {path}. Name an existing disk image or block device.", isTransient: false);
        }

        var length = Measure(path);
        return length >= Sector && length % Sector == 0 ? length : throw new ReplicationException(ErrorCodes.DiskTooSmall,
            $"The disk {path} has {length} bytes; a disk has at least {Sector} and a multiple of that.", isTransient: false);
    }

    private static long Measure(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return HostFile.DeviceLength(file) ?? RandomAccess.GetLength(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ReplicationException(ErrorCodes.DiskFailed, $"The disk {path} cannot be read: {error.Message}", isTransient: false, error);
        }
    }
}
