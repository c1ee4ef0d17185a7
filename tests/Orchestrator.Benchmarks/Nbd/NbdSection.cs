namespace Orchestrator.Benchmarks.Nbd;

/// <summary>Our NBD server, without and with capture, against nbdkit and qemu-nbd.</summary>
internal static class NbdSection
{
    private static readonly Workload[] Workloads =
    [
        new("4K random write, depth 1, IOPS", "randwrite", 4 << 10, 1),
        new("4K random write, depth 16, IOPS", "randwrite", 4 << 10, 16),
        new("4K random read, depth 16, IOPS", "randread", 4 << 10, 16),
        new("256K sequential write, depth 16, MiB/s", "write", 256 << 10, 16),
        new("256K sequential read, depth 16, MiB/s", "read", 256 << 10, 16),
    ];

    private static readonly Workload Warming = Workloads[1];

    public static async Task RunAsync(Settings settings, Report report)
    {
        var rows = new List<string[]>();
        using (var memory = Scratch.InMemory(5L << 30))
        {
            rows.AddRange(await MeasureAsync(settings, memory, Workloads));
        }

        // tmpfs finds the next hole by looking at every page, disk file systems by their extents: who asks for holes pays for it there.
        using (var cached = Scratch.OnDisk())
        {
            rows.AddRange(await MeasureAsync(settings, cached, [Workloads[^1] with { Name = "same read, file on disk, cached, MiB/s" }]));
        }

        report.Table(
            $"nbd: fio over a Unix socket, disk and log in memory, {Fio.DiskMiB} MiB; off/on = our server without/with capture",
            ["", "off", "on", "nbdkit", "qemu-nbd", "off/nbdkit", "off/qemu", "on/nbdkit", "on/qemu", "on/off", "spread"], rows);
    }

    private static async Task<IEnumerable<string[]>> MeasureAsync(Settings settings, Scratch scratch, Workload[] workloads)
    {
        Contender Contender(string name, Func<string, string, Task<ServedDisk>> start)
        {
            var disk = NewDisk(scratch.PathOf(name + ".raw"));
            return new Contender(name, () => MeasureAsync(scratch, start, disk, workloads, settings.Seconds));
        }

        var series = await Rounds.MeasureAsync(
            settings,
            Contender("off", (socket, disk) => ServedDisk.OursAsync(socket, disk, "-", capture: false)),
            Contender("on", (socket, disk) => ServedDisk.OursAsync(socket, disk, scratch.Fresh("log"), capture: true)),
            Contender("nbdkit", ServedDisk.NbdkitAsync),
            Contender("qemu-nbd", ServedDisk.QemuNbdAsync));
        return workloads.Select((workload, row) => Row(workload.Name, [.. series.Select(figures => figures[row])]));
    }

    private static string[] Row(string name, Series[] series)
    {
        var (off, on, nbdkit, qemu) = (series[0].Median, series[1].Median, series[2].Median, series[3].Median);
        return
        [
            name, .. series.Select(s => Report.Number(s.Median)), Report.Ratio(off / nbdkit), Report.Ratio(off / qemu),
            Report.Ratio(on / nbdkit), Report.Ratio(on / qemu), Report.Ratio(on / off), Report.Spread(series),
        ];
    }

    private static async Task<double[]> MeasureAsync(
        Scratch scratch, Func<string, string, Task<ServedDisk>> start, string disk, Workload[] workloads, double seconds)
    {
        var figures = new List<double>();
        await using (var server = await start(scratch.Fresh("socket"), disk))
        {
            await Fio.MeasureAsync(server.Uri, workloads.Length > 1 ? Warming : workloads[0], 1);
            foreach (var workload in workloads)
            {
                figures.Add(await Fio.MeasureAsync(server.Uri, workload, seconds));
            }
        }

        foreach (var log in Directory.GetDirectories(scratch.Root, "log-*"))
        {
            Directory.Delete(log, recursive: true);
        }

        await Tool.RunAsync("sync");
        return [.. figures];
    }

    /// <summary>Every page is written before the first server sees the disk.</summary>
    private static string NewDisk(string path)
    {
        var random = new Random(1);
        var chunk = new byte[1 << 20];
        using var file = File.Create(path);
        for (var i = 0; i < Fio.DiskMiB; i++)
        {
            random.NextBytes(chunk);
            file.Write(chunk);
        }

        return path;
    }
}
