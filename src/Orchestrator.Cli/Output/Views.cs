using System.Globalization;
using Orchestrator.Contracts;
using Spectre.Console;

namespace Orchestrator.Cli.Output;

/// <summary>The tables of the contracts' records.</summary>
internal static class Views
{
    public static void Machines(IReadOnlyList<MachineStatus> machines)
    {
        var table = Show.Table("machine", "state", "health", "active at", "replication", "RPO", "points", "sent");
        foreach (var m in machines)
        {
            table.AddRow(
                new Text(m.Machine), new Text(m.State), new Text(m.Health, new Style(Show.HealthColor(m.Health))), new Text(m.ActiveSite),
                new Text(Replication(m.Replication)), new Text(Show.Span(m.Rpo)),
                new Text(m.PointCount.ToString(CultureInfo.InvariantCulture)),
                new Text(m.Replication is { } r ? Show.Bytes(r.SentBytes) : "-"));
        }

        AnsiConsole.Write(table);
    }

    public static void Machine(MachineStatus m)
    {
        Machines([m]);
        foreach (var disk in m.Disks)
        {
            AnsiConsole.MarkupLineInterpolated($"disk {disk.Index}: {Show.Bytes(disk.Length)}  attach at {disk.Uri ?? "(not exported)"}");
            if (disk.TestUri is not null) AnsiConsole.MarkupLineInterpolated($"        test copy at {disk.TestUri}");
        }

        foreach (var reason in m.HealthReasons)
        {
            AnsiConsole.MarkupLineInterpolated($"{reason.Level}: {reason.Code} {reason.Message} {reason.Advice}");
        }

        var allowed = m.Operations.Where(operation => operation.Allowed).Select(operation => operation.Kind);
        AnsiConsole.MarkupLineInterpolated($"allowed now: {string.Join(", ", allowed)}");
    }

    public static void Points(IReadOnlyList<PointView> points)
    {
        var table = Show.Table("point", "taken at", "available at", "RPO", "kind", "prefix up to write");
        foreach (var p in points)
        {
            table.Row(p.Id.ToString("D"), Show.Time(p.TakenAt), Show.Time(p.AvailableAt), Show.Span(p.Rpo), p.Kind,
                p.Sequence.ToString(CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
    }

    public static void Jobs(IReadOnlyList<JobView> jobs)
    {
        var table = Show.Table("job", "machine", "kind", "state", "started", "took", "outcome");
        foreach (var job in jobs)
        {
            table.Row(job.Id.ToString("D"), job.Machine, job.Kind, job.State, Show.Time(job.StartedAt),
                Show.Span(job.EndedAt - job.StartedAt), job.Outcome);
        }

        AnsiConsole.Write(table);
    }

    public static void Job(JobView job)
    {
        Jobs([job]);
        var table = Show.Table("step", "state", "took", "detail", "next try");
        foreach (var task in job.Tasks)
        {
            table.Row(task.Name, task.State, Show.Span(task.EndedAt - task.StartedAt), task.Detail,
                task.RetryAt is null ? "" : Show.Time(task.RetryAt));
        }

        AnsiConsole.Write(table);
    }

    public static void Entries(IReadOnlyList<JournalEntryView> entries)
    {
        var table = Show.Table("entity", "seq", "at", "event", "content", "hash");
        foreach (var e in entries)
        {
            table.Row(e.Entity, e.Sequence.ToString(CultureInfo.InvariantCulture), Show.Time(e.At), e.Type, e.Text, e.Hash[..12]);
        }

        AnsiConsole.Write(table);
    }

    public static void Past(IReadOnlyList<PastState> states)
    {
        var table = Show.Table("machine", "at", "event", "state", "health", "active at", "latest point", "RPO");
        foreach (var s in states)
        {
            table.Row(s.Machine, Show.Time(s.At), s.Sequence.ToString(CultureInfo.InvariantCulture), s.State, s.Health, s.ActiveSite,
                s.LatestPoint is { } p ? Show.Time(p.TakenAt) : "-", Show.Span(s.Rpo));
        }

        AnsiConsole.Write(table);
    }

    private static string Replication(ReplicationView? r) => r switch
    {
        null => "-",
        { Error: { } error } => $"{r.Phase}: {error.Code}",
        { Phase: "Initial" or "Resync", BytesTotal: > 0 } => $"{r.Phase} {100.0 * r.BytesDone / r.BytesTotal:0} %",
        _ => $"{r.Phase}, backlog {Show.Bytes(r.BacklogBytes)}",
    };
}
