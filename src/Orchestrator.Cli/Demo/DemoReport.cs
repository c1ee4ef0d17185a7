using System.Text.Json.Serialization;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;
using Spectre.Console;

namespace Orchestrator.Cli.Demo;

/// <summary>The figures of a run, as <c>--json FILE</c> writes them.</summary>
internal sealed record DemoReport(
    long BytesWritten,
    long BytesSent,
    double CompressionRatio,
    int RecoveryPoints,
    DemoRpo RpoSeconds,
    double RtoSeconds,
    DemoDigests PlannedFailover,
    DemoDigests Failback,
    DemoJournal Journal);

/// <summary>The RPO over all recovery points, in seconds.</summary>
internal sealed record DemoRpo(double Min, double Median, double Max);

/// <summary>SHA-256 of both disks, as this program computed it.</summary>
internal sealed record DemoDigests(
    [property: JsonPropertyName("sourceSha256")] string SourceSha256,
    [property: JsonPropertyName("targetSha256")] string TargetSha256);

/// <summary>The journal at the end.</summary>
internal sealed record DemoJournal(long Events, bool Verified);

/// <summary>The pictures at the end of a run.</summary>
internal static class DemoPictures
{
    private const int Width = 60;

    public static void Timeline(IReadOnlyList<JournalEntryView> entries)
    {
        var table = Show.Table("#", "at", "event", "what");
        foreach (var entry in entries.Where(entry => !IsRoutine(entry)))
        {
            table.Row($"{entry.Sequence}", entry.At.ToString("HH:mm:ss.fff", null), entry.Type, entry.Text);
        }

        AnsiConsole.Write(table);
        var routine = entries.Count(IsRoutine);
        AnsiConsole.MarkupLineInterpolated($"(and {routine} more events: step starts, progress and recovery points; `orchestrator journal show` prints all)");
    }

    public static void Rpo(IReadOnlyList<PointView> points)
    {
        AnsiConsole.MarkupLine("RPO per recovery point (what a disaster just before it would have lost):");
        var longest = Math.Max(1, points.Max(point => point.Rpo.TotalSeconds));
        foreach (var point in points)
        {
            var bar = new string('█', Math.Max(1, (int)(point.Rpo.TotalSeconds / longest * Width)));
            AnsiConsole.MarkupLineInterpolated($"  {point.TakenAt:HH:mm:ss}  {point.Rpo.TotalSeconds,6:0.00} s  [blue]{bar}[/]");
        }
    }

    private static bool IsRoutine(JournalEntryView entry) =>
        entry.Type.Contains("step-started", StringComparison.Ordinal)
        || entry.Type.Contains("progressed", StringComparison.Ordinal)
        || entry.Type.Contains("point-recorded", StringComparison.Ordinal)
        || entry.Type.Contains("points-expired", StringComparison.Ordinal);
}
