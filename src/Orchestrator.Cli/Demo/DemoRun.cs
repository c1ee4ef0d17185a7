using Orchestrator.Cli.Client;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;
using Spectre.Console;

namespace Orchestrator.Cli.Demo;

/// <summary>The demo's script, step by step; each step checks with programs and arithmetic of its own what the node claims.</summary>
internal sealed class DemoRun(string directory, string? original, TimeProvider time) : IAsyncDisposable
{
    private const string Machine = "demo";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly List<PointView> _points = [];
    private NodeProcess? _node;
    private DemoDisk? _disk;
    private StampedWriter? _writer;
    private long _bytesWritten;
    private long _bytesSent;
    private long _rawBytes;
    private int _writers;

    private NodeProcess Node => _node ?? throw new InvalidOperationException("The node was not started.");

    private DemoDisk Disk => _disk ?? throw new InvalidOperationException("The disk was not made.");

    public async Task<DemoReport> ExecuteAsync(CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        await PrepareAsync(cancellation);
        await ProtectAsync(cancellation);
        await TestFailoverAsync(cancellation);
        await KillAndRestartAsync(cancellation);
        var (planned, rto) = await FailOverAsync("planned failover", "primary", "recovery", cancellation);
        await ReverseAsync(cancellation);
        var (failback, _) = await FailOverAsync("failback", "recovery", "primary", cancellation);
        await StopWriterAsync();
        var journal = await FinishAsync(cancellation);
        var report = Figures(planned, rto, failback, journal);
        Print(report, time.GetElapsedTime(start));
        return report;
    }

    public async ValueTask DisposeAsync()
    {
        if (_writer is not null) await _writer.DisposeAsync();
        if (_node is not null) await _node.DisposeAsync();
    }

    private async Task PrepareAsync(CancellationToken cancellation)
    {
        Headline("a disk, two sites and a node");
        _disk = await DemoDisk.MakeAsync(Path.Combine(directory, "primary"), original, cancellation);
        Say($"disk {_disk.Path}, {Show.Bytes(_disk.Length)}{(_disk.HasExt4 ? ", ext4 with real files" : "")}");
        _node = await NodeProcess.StartAsync(directory, cancellation);
        var status = await Node.Client.GetAsync<NodeStatus>(Routes.Status, cancellation);
        Say($"node {status.Version} in process {status.ProcessId}; sites {string.Join(", ", status.Sites.Select(site => site.Name))}");
    }

    private async Task ProtectAsync(CancellationToken cancellation)
    {
        Headline("protection: initial replication of a disk that is being written to");
        var watch = time.GetTimestamp();
        var accepted = await Node.Client.PostAsync<OperationAccepted>(Routes.Machines,
            new ProtectRequest(Guid.NewGuid(), Machine, "S0", "primary", "recovery", [Disk.Path], null), cancellation);
        await FollowAsync(accepted.JobId, cancellation);
        await StartWriterAsync(cancellation);
        await AnsiConsole.Progress().StartAsync(async context =>
        {
            var bar = context.AddTask("initial replication");
            await UntilAsync("initial replication", status =>
            {
                if (status.Replication is { BytesTotal: > 0 } r) bar.Value = 100.0 * r.BytesDone / r.BytesTotal;
                return status.State == "Protected";
            }, cancellation);
            bar.Value = 100;
        });
        var status = await UntilAsync("three recovery points", s => s.PointCount >= 3, cancellation);
        Say($"protected after {Show.Span(time.GetElapsedTime(watch))} with {status.PointCount} points; {Show.Bytes(status.Replication!.RawBytes)} " +
            $"of blocks and changes sent as {Show.Bytes(status.Replication.SentBytes)}; the writer is at write {_writer!.Acknowledged}");
    }

    private async Task TestFailoverAsync(CancellationToken cancellation)
    {
        Headline("test failover of a chosen point, while replication goes on");
        var points = await PointsAsync(cancellation);
        var chosen = points[1];
        await AskAsync(OperationKinds.TestFailover, chosen.Id, null, cancellation);
        var status = await StatusAsync(cancellation);
        await CheckTestCopyAsync(status.Disks[0].TestUri!, chosen, cancellation);
        var later = await UntilAsync("replication beside the test", s => s.LatestPoint?.TakenAt > points[0].TakenAt, cancellation);
        Say($"meanwhile replication recorded its point of {Show.Time(later.LatestPoint!.TakenAt)}");
        await AskAsync(OperationKinds.CleanUpTest, null, "demo drill", cancellation);
        Say("cleaned up; the drill is on record");
    }

    private async Task CheckTestCopyAsync(string uri, PointView chosen, CancellationToken cancellation)
    {
        var copy = Path.Combine(directory, "test.img");
        await Tools.RunAsync("nbdcopy", [uri, copy], cancellation);
        if (Disk.HasExt4)
        {
            await Tools.RunAsync("e2fsck", ["-fn", copy], cancellation);
            Say("e2fsck -fn finds the file system clean");
        }

        var prefix = await VerifyStampsAsync(copy, cancellation);
        Say($"the point of {Show.Time(chosen.TakenAt)} holds exactly writes 1 to {prefix} of {_writer!.Acknowledged}, no more, none missing");
        File.Delete(copy);
    }

    private async Task KillAndRestartAsync(CancellationToken cancellation)
    {
        Headline("kill -9 of the node in the middle of replication");
        await AddFiguresAsync(cancellation);
        var before = _writer!.Acknowledged;
        await Node.KillAsync();
        var watch = time.GetTimestamp();
        await Node.RestartAsync(cancellation);
        var restarted = time.GetUtcNow();
        var status = await UntilAsync("replication after the restart", s => s.LatestPoint?.TakenAt > restarted, cancellation);
        Say($"killed at write {before}; the next recovery point was there {Show.Span(time.GetElapsedTime(watch))} later; " +
            $"{Show.Bytes(status.Replication!.RawBytes)} travelled since, of a disk of {Show.Bytes(Disk.Length)}: no full copy");
        if (status.Replication.RawBytes > Disk.Length / 4) throw new InvalidDataException("The restart led to a full copy.");
    }

    private async Task<(DemoDigests Digests, TimeSpan Rto)> FailOverAsync(
        string what, string from, string to, CancellationToken cancellation)
    {
        Headline($"{what}: {from} to {to}, the writer writes until it is refused");
        await AddFiguresAsync(cancellation);
        var watch = time.GetTimestamp();
        await AskAsync(OperationKinds.PlannedFailover, null, null, cancellation);
        var rto = time.GetElapsedTime(watch);
        await _writer!.Ended;
        var acknowledged = _writer.Acknowledged;
        var status = await StatusAsync(cancellation);
        var digests = await DigestsAsync(status, from, cancellation);
        if (digests.SourceSha256 != digests.TargetSha256) throw new InvalidDataException($"The disks differ after the {what}.");
        var replica = from == "primary" ? status.Disks[0].ReplicaPath! : Disk.Path;
        var prefix = await VerifyStampsAsync(replica, cancellation);
        if (prefix < acknowledged) throw new InvalidDataException($"Write {acknowledged} was acknowledged, the replica ends at {prefix}.");
        Say($"{to} is active after {Show.Span(rto)}; SHA-256 of both disks is {digests.SourceSha256[..16]}...: equal");
        Say($"{acknowledged} writes were acknowledged, the replica holds exactly 1 to {prefix}: nothing lost");
        await StartWriterAsync(cancellation);
        await AskAsync(OperationKinds.Commit, null, null, cancellation);
        Say("committed; the writer goes on at the new site");
        return (digests, rto);
    }

    private async Task ReverseAsync(CancellationToken cancellation)
    {
        Headline("reverse replication: the old source disk is the seed, only differences travel");
        await AskAsync(OperationKinds.Reverse, null, null, cancellation);
        var status = await UntilAsync("reverse replication", s => s is { State: "Protected", PointCount: >= 2 }, cancellation);
        var r = status.Replication!;
        Say($"protected the other way; {Show.Bytes(r.RawBytes)} of differences travelled, of {Show.Bytes(Disk.Length)}");
        if (r.RawBytes > Disk.Length / 2) throw new InvalidDataException("The reverse replication copied the whole disk.");
    }

    private async Task<DemoJournal> FinishAsync(CancellationToken cancellation)
    {
        Headline("the journal");
        var entries = await Node.Client.GetAsync<List<JournalEntryView>>($"{Routes.Journal}?machine={Machine}&limit=100000", cancellation);
        DemoPictures.Timeline(entries);
        var verification = await Node.Client.GetAsync<JournalVerification>(Routes.JournalVerify, cancellation);
        if (verification.Damage is { } damage) throw new InvalidDataException($"The journal is damaged: {damage.Message}");
        Say($"verified: {verification.Events} events, every number and every hash in place");
        var status = await Node.Client.GetAsync<NodeStatus>(Routes.Status, cancellation);
        Say($"the node's resident memory is {Show.Bytes(status.ResidentBytes)}");
        return new DemoJournal(verification.Events, verification.Verified);
    }

    private DemoReport Figures(DemoDigests planned, TimeSpan rto, DemoDigests failback, DemoJournal journal)
    {
        var rpo = _points.Select(point => point.Rpo.TotalSeconds).Order().ToArray();
        return new DemoReport(_bytesWritten, _bytesSent, Math.Round(_rawBytes / (double)Math.Max(1, _bytesSent), 2), _points.Count,
            new DemoRpo(Math.Round(rpo[0], 2), Math.Round(rpo[rpo.Length / 2], 2), Math.Round(rpo[^1], 2)),
            Math.Round(rto.TotalSeconds, 2), planned, failback, journal);
    }

    private void Print(DemoReport report, TimeSpan took)
    {
        DemoPictures.Rpo(_points);
        Headline($"done in {Show.Span(took)}");
        Say($"written {Show.Bytes(report.BytesWritten)}, sent {Show.Bytes(report.BytesSent)} (compressed {report.CompressionRatio:0.0} to 1), " +
            $"{report.RecoveryPoints} recovery points, RPO median {report.RpoSeconds.Median:0.0} s, RTO {report.RtoSeconds:0.0} s, " +
            $"{report.Journal.Events} journal events verified");
    }

    private async Task StartWriterAsync(CancellationToken cancellation)
    {
        await StopWriterAsync();
        var status = await StatusAsync(cancellation);
        _writer = new StampedWriter(Disk.Stamps, status.Disks[0].Uri!, directory, ++_writers);
    }

    private async Task StopWriterAsync()
    {
        if (_writer is null) return;
        await _writer.DisposeAsync();
        _bytesWritten += _writer.Bytes;
        _writer = null;
    }

    /// <summary>Keeps what is about to be lost with the process or the direction: the counters and the points.</summary>
    private async Task AddFiguresAsync(CancellationToken cancellation)
    {
        var status = await StatusAsync(cancellation);
        _bytesSent += status.Replication?.SentBytes ?? 0;
        _rawBytes += status.Replication?.RawBytes ?? 0;
        await PointsAsync(cancellation);
    }

    private async Task<List<PointView>> PointsAsync(CancellationToken cancellation)
    {
        var points = await Node.Client.GetAsync<List<PointView>>(Routes.ForMachine(Routes.Points, Machine), cancellation);
        _points.AddRange(points.Where(point => _points.All(known => known.Id != point.Id)).OrderBy(point => point.TakenAt));
        return points;
    }

    private async Task<DemoDigests> DigestsAsync(MachineStatus status, string from, CancellationToken cancellation)
    {
        var primary = await Sha256Async(Disk.Path, cancellation);
        var recovery = await Sha256Async(status.Disks[0].ReplicaPath!, cancellation);
        return from == "primary" ? new DemoDigests(primary, recovery) : new DemoDigests(recovery, primary);
    }

    private static async Task<string> Sha256Async(string path, CancellationToken cancellation) =>
        (await Tools.RunAsync("sha256sum", [path], cancellation)).Split(' ')[0];

    /// <summary>Reads the stamp area with dd: the node holds a lock on the disks it serves, and dd asks for none.</summary>
    private async Task<long> VerifyStampsAsync(string image, CancellationToken cancellation)
    {
        var area = Path.Combine(directory, "stamps.bin");
        await Tools.RunAsync("dd",
            [$"if={image}", $"of={area}", "bs=4096", $"skip={Disk.Stamps.Offset / StampArea.SlotSize}", $"count={Disk.Stamps.Slots}"], cancellation);
        var prefix = Disk.Stamps.Verify(await File.ReadAllBytesAsync(area, cancellation));
        File.Delete(area);
        return prefix;
    }

    private async Task AskAsync(string kind, Guid? point, string? notes, CancellationToken cancellation)
    {
        var accepted = await Node.Client.PostAsync<OperationAccepted>(Routes.ForMachine(Routes.Operations, Machine),
            new OperationRequest(Guid.NewGuid(), kind, point, notes), cancellation);
        await FollowAsync(accepted.JobId, cancellation);
    }

    private async Task FollowAsync(Guid id, CancellationToken cancellation)
    {
        var job = await JobWatch.UntilEndAsync(Node.Client, id, null, time, cancellation);
        if (job.State == "Succeeded") return;
        var step = job.Tasks.FirstOrDefault(task => task.State == "Failed");
        throw new CliException(ExitCodes.Failed, new ErrorView("ORC1115", $"{job.Kind} ended {job.State}: {step?.Name} {step?.Detail}", null, []));
    }

    private Task<MachineStatus> StatusAsync(CancellationToken cancellation) =>
        Node.Client.GetAsync<MachineStatus>(Routes.ForMachine(Routes.Machine, Machine), cancellation);

    private async Task<MachineStatus> UntilAsync(string what, Func<MachineStatus, bool> reached, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var status = await StatusAsync(cancellation);
            if (reached(status)) return status;
            if (time.GetElapsedTime(start) > Patience)
            {
                throw new CliException(ExitCodes.Failed, new ErrorView("ORC1116",
                    $"Waited {Patience.TotalSeconds:0} s for {what}; the machine is {status.State}, health {status.Health}: " +
                    string.Join(' ', status.HealthReasons.Select(reason => $"{reason.Code} {reason.Message}")), null, []));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellation);
        }
    }

    private static void Headline(string text) => AnsiConsole.MarkupLineInterpolated($"\n[bold]== {text}[/]");

    private static void Say(string text) => AnsiConsole.MarkupLineInterpolated($"   {text}");
}
