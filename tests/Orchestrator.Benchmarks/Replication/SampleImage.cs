namespace Orchestrator.Benchmarks.Replication;

/// <summary>A disk as a machine has it: ext4, half full of this machine's own files.</summary>
internal static class SampleImage
{
    public const long Length = 512L << 20;
    private const long MaxFile = 16L << 20;
    private const int Block = 64 << 10;

    // Programs, libraries, and the small texts between them.
    private static readonly (string Directory, long Bytes)[] Origins =
        [("/usr/bin", 90L << 20), ("/usr/lib", 110L << 20), ("/usr/share", 40L << 20)];

    public static async Task<string> CreateAsync(Scratch scratch)
    {
        var tree = Directory.CreateDirectory(scratch.PathOf("tree")).FullName;
        foreach (var (directory, bytes) in Origins)
        {
            Gather(directory, Directory.CreateDirectory(Path.Combine(tree, Path.GetFileName(directory))).FullName, bytes);
        }

        var image = scratch.PathOf("image.raw");
        await using (var file = File.Create(image))
        {
            file.SetLength(Length);
        }

        await Tool.RunAsync("mkfs.ext4", "-q", "-F", "-d", tree, image);
        Directory.Delete(tree, recursive: true);
        return image;
    }

    /// <summary>Overwrites one block of a hundred.</summary>
    public static void ChangeOnePercent(string image)
    {
        var random = new Random(1);
        var data = new byte[Block];
        var blocks = Enumerable.Range(0, (int)(Length / Block)).ToArray();
        random.Shuffle(blocks);
        using var file = File.OpenWrite(image);
        foreach (var block in blocks.Take(blocks.Length / 100))
        {
            random.NextBytes(data);
            file.Seek((long)block * Block, SeekOrigin.Begin);
            file.Write(data);
        }
    }

    /// <summary>Refuses a figure whose copy is not a copy.</summary>
    public static void RequireEqual(string expected, string actual)
    {
        using var left = File.OpenRead(expected);
        using var right = File.OpenRead(actual);
        var (one, two) = (new byte[1 << 20], new byte[1 << 20]);
        for (var at = 0L; at < Length; at += one.Length)
        {
            left.ReadExactly(one);
            right.ReadExactly(two);
            if (!one.AsSpan().SequenceEqual(two))
            {
                throw new BenchException($"{actual} differs from {expected} between {at} and {at + one.Length}.");
            }
        }
    }

    private static void Gather(string from, string to, long bytes)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device };
        var count = 0;
        foreach (var file in new DirectoryInfo(from).EnumerateFiles("*", options).Where(f => f.Length is > 0 and <= MaxFile))
        {
            if ((bytes -= file.Length) < 0)
            {
                return;
            }

            file.CopyTo(Path.Combine(to, $"{count++}{file.Extension}"));
        }
    }
}
