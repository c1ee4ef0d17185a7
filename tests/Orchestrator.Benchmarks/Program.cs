using System.ComponentModel;
using Orchestrator.Benchmarks;
using Orchestrator.Benchmarks.Kernel;
using Orchestrator.Benchmarks.Nbd;
using Orchestrator.Benchmarks.Replication;

var sections = new (string Name, string[] Tools, Func<Settings, Report, Task> Run)[]
{
    ("nbd", ["fio", "nbdkit", "qemu-nbd"], NbdSection.RunAsync),
    ("initial", ["mkfs.ext4", "qemu-img", "rsync"], InitialSection.RunAsync),
    ("resync", ["mkfs.ext4", "rsync"], ResyncSection.RunAsync),
    ("journal", [], JournalSection.RunAsync),
    ("postgres", [], PostgresSection.RunAsync),
    ("projections", [], ProjectionSection.RunAsync),
    ("evidence", [], EvidenceSection.RunAsync),
    ("mailbox", [], MailboxSection.RunAsync),
};

if (args is ["serve", .. var serving])
{
    return await NbdChild.RunAsync(serving);
}

// Sections that are looked at together.
var groups = new Dictionary<string, string[]> { ["kernel"] = ["journal", "postgres", "projections", "evidence", "mailbox"] };
if (args is [var group, .. var others] && groups.ContainsKey(group))
{
    args = ["--only", group, .. others];
}

if (Settings.Parse(args, [.. sections.Select(section => section.Name), .. groups.Keys]) is not { } settings)
{
    await Console.Error.WriteLineAsync(
        $"Usage: Orchestrator.Benchmarks [{string.Join('|', groups.Keys)}] [--rounds N] [--seconds S] "
        + $"[--only {string.Join('|', sections.Select(section => section.Name))}]");
    return 2;
}

var chosen = sections.Where(section => settings.Only is null || section.Name == settings.Only
    || (groups.TryGetValue(settings.Only, out var members) && members.Contains(section.Name))).ToList();
try
{
    Tool.RequireAll(chosen.SelectMany(section => section.Tools));
    var report = new Report();
    Report.Line($"{Environment.ProcessorCount} processors, {settings.Rounds} rounds of {settings.Seconds} s, medians; "
        + "a ratio above 1 means ours is faster; spread = (highest - lowest) / median of the least steady column");
    foreach (var section in chosen)
    {
        await section.Run(settings, report);
    }

    Report.Line($"bench: {report.Rows} rows measured");
    return 0;
}
catch (Exception error) when (error is BenchException or IOException or Win32Exception or Orchestrator.Replication.ReplicationException)
{
    await Console.Error.WriteLineAsync($"bench: failed: {error.Message}");
    return 1;
}
