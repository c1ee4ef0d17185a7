using System.Diagnostics;
using System.Globalization;
using Orchestrator.Replication.Source;

namespace Orchestrator.Crash.Replication;

/// <summary>Kills a process that writes through a captured machine, again and again, and checks what it left.</summary>
/// <remarks>
/// <c>--kills N --seed S [--directory D]</c>. After each kill: no loss, every answered write is on its disk and in the log, the log
/// replayed from the start equals the disks, and every mark is a point at which the second disk lags the first by at most one stamp.
/// A kill says nothing about flushes; that needs a power cut.
/// </remarks>
public static class ReplicationCrash
{
    private const string ChildMode = "--child";
    private const int MaxSegmentsBytes = 512 << 20;

    /// <summary>Runs the loop, or the child in it.</summary>
    /// <returns>0 when every check held.</returns>
    public static int Run(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var seed = int.Parse(Option(args, "--seed", "1"), CultureInfo.InvariantCulture);
        var directory = Option(args, "--directory", "");
        if (args.Contains(ChildMode))
        {
            StampWriter.Run(OpenMachine(directory), Path.Combine(directory, "promises"), seed);
            return 0;
        }

        var kills = int.Parse(Option(args, "--kills", "10"), CultureInfo.InvariantCulture);
        var mine = directory.Length == 0;
        directory = mine ? Directory.CreateTempSubdirectory("replication-crash-").FullName : directory;
        try
        {
            return Loop(directory, kills, seed);
        }
        finally
        {
            if (mine)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static int Loop(string directory, int kills, int seed)
    {
        Console.WriteLine($"seed {seed}, {kills} kills, in {directory}");
        CreateDisks(directory);
        var random = new Random(seed);
        var promises = new Dictionary<(int Disk, int Sector), long>();
        var answered = 0L;
        for (var kill = 1; kill <= kills; kill++)
        {
            answered += RunAndKill(directory, seed + kill, random.Next(200, 4000), promises);
            using var machine = OpenMachine(directory);
            if (CrashCheck.FindFault(machine, promises) is { } fault)
            {
                Console.Error.WriteLine($"FAILED after kill {kill} of seed {seed}: {fault}");
                return 1;
            }

            Continue(machine, kill, promises);
        }

        Console.WriteLine($"{kills} kills, {answered} answered writes, none lost");
        return 0;
    }

    /// <summary>Now and then begins a new log, so that the check from its start stays short; sometimes only releases.</summary>
    private static void Continue(CapturedMachine machine, int kill, Dictionary<(int, int), long> promises)
    {
        if (kill % 5 == 0)
        {
            machine.Reset();
            CrashCheck.LogEverything(machine);
            promises.Clear();
        }
    }

    private static long RunAndKill(string directory, int seed, int after, Dictionary<(int Disk, int Sector), long> promises)
    {
        var path = Path.Combine(directory, "promises");
        File.WriteAllBytes(path, []);
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. OwnAssembly(), "replication", ChildMode, "--directory", directory, "--seed", $"{seed}"]))!;
        while (!child.HasExited && new FileInfo(path).Length < after * (long)StampWriter.PromiseSize)
        {
            Thread.Yield();
        }

        var died = child.HasExited;
        child.Kill();
        child.WaitForExit();
        if (died)
        {
            throw new InvalidOperationException($"The child ended by itself with {child.ExitCode}.");
        }

        return StampWriter.ReadPromises(path, promises);
    }

    /// <summary>Under <c>dotnet x.dll</c> the process is dotnet and needs the assembly's name; under the apphost it does not.</summary>
    private static string[] OwnAssembly() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(ReplicationCrash).Assembly.Location] : [];

    private static void CreateDisks(string directory)
    {
        foreach (var path in DiskPaths(directory))
        {
            using var file = File.Create(path);
            file.SetLength(StampWriter.DiskLength);
        }
    }

    private static string[] DiskPaths(string directory) => [Path.Combine(directory, "disk0.raw"), Path.Combine(directory, "disk1.raw")];

    private static CapturedMachine OpenMachine(string directory) => CapturedMachine.Open(new CaptureOptions
    {
        LogDirectory = Path.Combine(directory, "log"),
        Disks = DiskPaths(directory),
        Ids = Guid.NewGuid,
        SegmentBytes = 256 << 10, // Small, so that kills also hit the change of segments.
        MaxBytes = MaxSegmentsBytes,
    });

    private static string Option(string[] args, string name, string fallback)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : fallback;
    }
}
