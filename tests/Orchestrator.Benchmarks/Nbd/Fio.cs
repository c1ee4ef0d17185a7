using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Benchmarks.Nbd;

/// <summary>What fio does to a disk.</summary>
/// <param name="Name">The row's name.</param>
/// <param name="Pattern">fio's <c>rw</c>.</param>
/// <param name="BlockBytes">Bytes per request.</param>
/// <param name="Depth">Requests under way at once, on one connection.</param>
internal sealed record Workload(string Name, string Pattern, int BlockBytes, int Depth)
{
    public bool IsRead => Pattern.EndsWith("read", StringComparison.Ordinal);

    /// <summary>Small requests count by number, large ones by volume.</summary>
    public bool CountsRequests => BlockBytes < 64 << 10;
}

/// <summary>Drives a server over NBD.</summary>
internal static class Fio
{
    public const int DiskMiB = 512;
    private const double Ramp = 0.5; // Seconds not counted at the beginning of each run.

    /// <summary>IOPS or MiB/s of a workload.</summary>
    public static async Task<double> MeasureAsync(string uri, Workload workload, double seconds)
    {
        var result = await Tool.RunAsync(
            "fio", "--name=bench", "--ioengine=nbd", $"--uri={uri}", $"--rw={workload.Pattern}", $"--bs={workload.BlockBytes}",
            $"--iodepth={workload.Depth}", $"--size={DiskMiB}M", "--norandommap=1", "--time_based=1", "--thread=1",
            $"--ramp_time={Milliseconds(Ramp)}", $"--runtime={Milliseconds(seconds)}", "--output-format=json");
        using var json = JsonDocument.Parse(result[result.IndexOf('{', StringComparison.Ordinal)..]);
        var job = json.RootElement.GetProperty("jobs")[0];
        var side = job.GetProperty(workload.IsRead ? "read" : "write");
        var figure = workload.CountsRequests
            ? side.GetProperty("iops").GetDouble() : side.GetProperty("bw_bytes").GetDouble() / (1 << 20);
        return job.GetProperty("error").GetInt32() == 0 && figure > 0
            ? figure : throw new BenchException($"fio measured nothing for {workload.Name}: error {job.GetProperty("error")}.");
    }

    private static string Milliseconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:F0}ms");
}
