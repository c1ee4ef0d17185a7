namespace Orchestrator.Benchmarks;

/// <summary>A directory of one section, gone afterwards.</summary>
internal sealed class Scratch : IDisposable
{
    private const string Memory = "/dev/shm";

    private Scratch(string path)
    {
        Root = path;
        Console.CancelKeyPress += Interrupted;
    }

    public string Root { get; }

    /// <summary>In memory, so that no disk is measured.</summary>
    /// <exception cref="BenchException">There is not enough room.</exception>
    public static Scratch InMemory(long bytes)
    {
        if (!Directory.Exists(Memory) || new DriveInfo(Memory).AvailableFreeSpace < bytes)
        {
            throw new BenchException($"{Memory} needs {bytes >> 20} MiB of free space.");
        }

        return new Scratch(Directory.CreateDirectory(Path.Combine(Memory, $"orchestrator-bench-{Path.GetRandomFileName()}")).FullName);
    }

    /// <summary>On the disk of temporary files, where a flush costs what it costs.</summary>
    public static Scratch OnDisk() => new(Directory.CreateTempSubdirectory("orchestrator-bench-").FullName);

    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>A path not used before.</summary>
    public string Fresh(string prefix) => PathOf(prefix + "-" + Path.GetRandomFileName());

    public void Dispose()
    {
        Console.CancelKeyPress -= Interrupted;
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>Memory must not stay taken when the user gives up.</summary>
    private void Interrupted(object? sender, ConsoleCancelEventArgs e) => Directory.Delete(Root, recursive: true);
}
