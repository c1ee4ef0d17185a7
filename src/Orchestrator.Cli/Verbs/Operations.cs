using System.CommandLine;
using Orchestrator.Cli.Client;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;
using Spectre.Console;

namespace Orchestrator.Cli.Verbs;

/// <summary>The verbs that change something: each is taken on as a job, which is followed to its end.</summary>
internal static class Operations
{
    public static IEnumerable<Command> All()
    {
        yield return Protect();
        yield return Failover();
        yield return ChangePoint();
        yield return Simple("commit", "Makes a failover final: the other recovery points go.", OperationKinds.Commit);
        yield return Simple("cancel", "Undoes a failover that is not committed.", OperationKinds.Cancel);
        yield return Simple("reverse", "Replicates back to the other site; only differences travel.", OperationKinds.Reverse);
        yield return Simple("resume", "Retries a failed step, or replication, at once.", OperationKinds.Resume);
        yield return Simple("unprotect", "Ends protection; the machine goes on where it runs.", OperationKinds.Disable);
        yield return Cleanup();
    }

    private static Command Protect()
    {
        var machine = Common.Machine();
        var disks = new Option<string[]>("--disk")
        {
            Description = "A disk image or block device at the primary site; repeat for several.",
            Required = true,
        };
        var primary = new Option<string>("--primary") { Description = "The site that holds the disks.", DefaultValueFactory = _ => "primary" };
        var recovery = new Option<string>("--recovery") { Description = "The site of the replica.", DefaultValueFactory = _ => "recovery" };
        var scenario = new Option<string>("--scenario") { Description = "S0 to S7.", DefaultValueFactory = _ => "S0" };
        var interval = new Option<double?>("--point-interval") { Description = "Seconds between two recovery points." };
        var command = new Command("protect", "Protects a machine: replicates its disks to the recovery site.")
        {
            machine, disks, primary, recovery, scenario, interval, Common.NoWait,
        };
        command.Run(async (node, parsed, cancellation) =>
        {
            var request = new ProtectRequest(Guid.NewGuid(), parsed.GetValue(machine)!, parsed.GetValue(scenario)!,
                parsed.GetValue(primary)!, parsed.GetValue(recovery)!,
                parsed.GetValue(disks)!.Select(Path.GetFullPath).ToArray(),
                parsed.GetValue(interval) is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
            var accepted = await node.PostAsync<OperationAccepted>(Routes.Machines, request, cancellation);
            return await FollowAsync(node, parsed, accepted, cancellation);
        });
        return command;
    }

    private static Command Failover()
    {
        var machine = Common.Machine();
        var kind = new Option<string>("--kind") { Description = "test, planned or unplanned.", Required = true };
        kind.AcceptOnlyFromAmong("test", "planned", "unplanned");
        var point = new Option<Guid?>("--point") { Description = "The recovery point; the latest unless given." };
        var command = new Command("failover", "Fails a machine over, or tests it.") { machine, kind, point, Common.NoWait };
        command.Run((node, parsed, cancellation) =>
            AskAsync(node, parsed, parsed.GetValue(machine)!, $"{parsed.GetValue(kind)}-failover", parsed.GetValue(point), null, cancellation));
        return command;
    }

    private static Command ChangePoint()
    {
        var machine = Common.Machine();
        var point = new Option<Guid>("--point") { Description = "The recovery point to run from instead.", Required = true };
        var command = new Command("change-point", "Runs a failed-over machine from another recovery point; possible until commit.")
        {
            machine, point, Common.NoWait,
        };
        command.Run((node, parsed, cancellation) => AskAsync(
            node, parsed, parsed.GetValue(machine)!, OperationKinds.ChangePoint, parsed.GetValue(point), null, cancellation));
        return command;
    }

    private static Command Cleanup()
    {
        var machine = Common.Machine();
        var notes = new Option<string>("--notes") { Description = "What the drill showed.", DefaultValueFactory = _ => "" };
        var command = new Command("cleanup", "Deletes the copy of a test failover and records the drill.") { machine, notes, Common.NoWait };
        command.Run((node, parsed, cancellation) => AskAsync(
            node, parsed, parsed.GetValue(machine)!, OperationKinds.CleanUpTest, null, parsed.GetValue(notes), cancellation));
        return command;
    }

    private static Command Simple(string name, string description, string kind)
    {
        var machine = Common.Machine();
        var command = new Command(name, description) { machine, Common.NoWait };
        command.Run((node, parsed, cancellation) =>
            AskAsync(node, parsed, parsed.GetValue(machine)!, kind, null, null, cancellation));
        return command;
    }

    private static async Task<int> AskAsync(
        NodeClient node, ParseResult parsed, string machine, string kind, Guid? point, string? notes, CancellationToken cancellation)
    {
        var request = new OperationRequest(Guid.NewGuid(), kind, point, notes);
        var accepted = await node.PostAsync<OperationAccepted>(Routes.ForMachine(Routes.Operations, machine), request, cancellation);
        return await FollowAsync(node, parsed, accepted, cancellation);
    }

    private static async Task<int> FollowAsync(
        NodeClient node, ParseResult parsed, OperationAccepted accepted, CancellationToken cancellation)
    {
        if (parsed.GetValue(Common.NoWait)) return parsed.Print(accepted, a => AnsiConsole.MarkupLineInterpolated($"job {a.JobId} accepted"));
        var job = parsed.GetValue(Common.Json)
            ? await JobWatch.UntilEndAsync(node, accepted.JobId, null, TimeProvider.System, cancellation)
            : await WithProgressAsync(node, accepted, cancellation);
        parsed.Print(job, Views.Job);
        return job.State == "Succeeded" ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static Task<JobView> WithProgressAsync(NodeClient node, OperationAccepted accepted, CancellationToken cancellation) =>
        AnsiConsole.Progress().StartAsync(context =>
        {
            var bar = context.AddTask(accepted.Machine);
            return JobWatch.UntilEndAsync(node, accepted.JobId, job =>
            {
                bar.Description = Markup.Escape($"{job.Machine}: {job.Tasks.FirstOrDefault(t => t.State == "InProgress")?.Name ?? job.State}");
                bar.MaxValue = Math.Max(1, job.Tasks.Count);
                bar.Value = job.Tasks.Count(task => task.State is "Succeeded" or "Skipped");
            }, TimeProvider.System, cancellation);
        });
}
