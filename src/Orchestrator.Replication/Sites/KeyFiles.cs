using Orchestrator.Replication.Durability;
using Orchestrator.Replication.Protocol;

namespace Orchestrator.Replication.Sites;

/// <summary>The keys of a replica's disks: one file per disk, 32 random bytes, readable by its owner alone.</summary>
internal static class KeyFiles
{
    public static IReadOnlyList<byte[]> LoadOrCreate(string directory, int disks, Func<int, byte[]> randomBytes)
    {
        Directory.CreateDirectory(directory);
        return [.. Enumerable.Range(0, disks).Select(disk => LoadOrCreate(Path.Combine(directory, $"disk-{disk}.key"), randomBytes))];
    }

    private static byte[] LoadOrCreate(string path, Func<int, byte[]> randomBytes)
    {
        if (!File.Exists(path)) Create(path, randomBytes(BatchCodec.KeyLength));
        var key = File.ReadAllBytes(path);
        return key.Length == BatchCodec.KeyLength ? key : throw new ReplicationException(ErrorCodes.ReplicaCorrupt,
            $"The key {path} has {key.Length} bytes instead of {BatchCodec.KeyLength}. Restore it from a backup.", isTransient: false);
    }

    private static void Create(string path, byte[] key)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(key);
            file.Flush();
            Durable.Flush(file.SafeFileHandle, temporary);
        }

        File.Move(temporary, path);
        Durable.FlushDirectory(Path.GetDirectoryName(path)!);
    }
}
