namespace Orchestrator.Cli.Demo;

/// <summary>The disk that is protected: an ext4 file system with real files, or a copy of the user's disk, and behind it the stamp area.</summary>
internal sealed record DemoDisk(string Path, long Length, StampArea Stamps, bool HasExt4)
{
    private const long Size = 1L << 30;
    private const long StampBytes = 64L << 20;
    private const long FileBytes = 256L << 20;
    private const int ExtMagicOffset = 1024 + 56;

    public static async Task<DemoDisk> MakeAsync(string directory, string? original, CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        var path = System.IO.Path.Combine(directory, "disk.img");
        var fileSystem = original is null ? Size - StampBytes : RoundUp(new FileInfo(original).Length);
        if (original is null) await MakeFileSystemAsync(path, fileSystem, directory, cancellation);
        else File.Copy(original, path);
        using (var file = new FileStream(path, FileMode.Open)) file.SetLength(fileSystem + StampBytes);
        return new DemoDisk(path, fileSystem + StampBytes, new StampArea(fileSystem, StampBytes), IsExt(path));
    }

    private static long RoundUp(long length) => (length + StampArea.SlotSize - 1) / StampArea.SlotSize * StampArea.SlotSize;

    private static async Task MakeFileSystemAsync(string path, long length, string directory, CancellationToken cancellation)
    {
        var files = System.IO.Path.Combine(directory, "files");
        CopyRealFiles(files);
        await Tools.RunAsync("mkfs.ext4", ["-q", "-F", "-d", files, path, $"{length / 1024}k"], cancellation);
        Directory.Delete(files, recursive: true);
    }

    /// <summary>Programs and libraries of this machine: data that compresses as data does.</summary>
    private static void CopyRealFiles(string target)
    {
        Directory.CreateDirectory(target);
        var left = FileBytes;
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        string[] roots = [System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location)!, "/usr/share/doc", "/usr/lib", "/usr/bin"];
        var number = 0;
        foreach (var file in roots.Where(Directory.Exists).SelectMany(root => new DirectoryInfo(root).EnumerateFiles("*", options)))
        {
            if (left <= 0) return;
            if (file.Length == 0 || file.Length > left) continue;
            var folder = Directory.CreateDirectory(System.IO.Path.Combine(target, $"{number++ / 200:000}"));
            file.CopyTo(System.IO.Path.Combine(folder.FullName, $"{number:00000}-{file.Name}"), overwrite: true);
            left -= file.Length;
        }
    }

    private static bool IsExt(string path)
    {
        using var file = File.OpenRead(path);
        file.Position = ExtMagicOffset;
        return file.ReadByte() == 0x53 && file.ReadByte() == 0xEF;
    }
}
