using Orchestrator.Replication.Pipeline;

namespace Orchestrator.Benchmarks.Replication;

/// <summary>A resync after one percent of the blocks changed, against rsync's delta transfer.</summary>
internal static class ResyncSection
{
    public static async Task RunAsync(Settings settings, Report report)
    {
        using var scratch = Scratch.InMemory(4L << 30);
        var old = await SampleImage.CreateAsync(scratch);
        var image = await Copies.DuplicateAsync(old, scratch.PathOf("changed.raw"));
        SampleImage.ChangeOnePercent(image);
        await Copies.ReplicateAsync(scratch, image, old, ReplicationMode.Resync); // Warms code and files.
        var series = await Rounds.MeasureAsync(
            settings,
            Contender.Of("ours", () => Copies.ReplicateAsync(scratch, image, old, ReplicationMode.Resync)),
            Contender.Of("rsync", () => Copies.ToolAsync(
                scratch, image, old, "rsync", "--inplace", "--no-whole-file", "--ignore-times")));
        var (ours, rsync) = (series[0][0], series[1][0]);
        report.Table(
            "resync: the same image with 1 % of its 64K blocks changed; seconds until the copy is right (less is better)",
            ["", "ours", "rsync", "speed ours/rsync", "spread"],
            [["time, s", Report.Number(ours.Median), Report.Number(rsync.Median), Report.Ratio(rsync.Median / ours.Median),
                Report.Spread(ours, rsync)]]);
    }
}
