using Orchestrator.Replication.Pipeline;

namespace Orchestrator.Benchmarks.Replication;

/// <summary>Initial replication, with all it does for safety, against plain local copies of the same image.</summary>
internal static class InitialSection
{
    private const double Megabytes = SampleImage.Length / 1e6;

    public static async Task RunAsync(Settings settings, Report report)
    {
        using var scratch = Scratch.InMemory(4L << 30);
        var image = await SampleImage.CreateAsync(scratch);
        await Copies.ReplicateAsync(scratch, image, null, ReplicationMode.Initial); // Warms code and files.
        var series = await Rounds.MeasureAsync(
            settings,
            Contender.Of("ours", async () => Megabytes / await Copies.ReplicateAsync(scratch, image, null, ReplicationMode.Initial)),
            Contender.Of("qemu-img", async () => Megabytes / await Copies.ToolAsync(scratch, image, null, "qemu-img", "convert", "-f", "raw", "-O", "raw")),
            Contender.Of("rsync", async () => Megabytes / await Copies.ToolAsync(scratch, image, null, "rsync", "--inplace", "--whole-file")));
        var (ours, qemu, rsync) = (series[0][0], series[1][0], series[2][0]);
        report.Table(
            "initial: 512 MiB ext4, half full, in memory; ours over mutual TLS with Brotli and AES-GCM until consistent, both ends here; the peers copy locally",
            ["", "ours", "qemu-img", "rsync", "ours/qemu-img", "ours/rsync", "spread"],
            [["disk size copied, MB/s", Report.Number(ours.Median), Report.Number(qemu.Median), Report.Number(rsync.Median),
                Report.Ratio(ours.Median / qemu.Median), Report.Ratio(ours.Median / rsync.Median), Report.Spread(ours, qemu, rsync)]]);
    }
}
