using System.CommandLine;
using System.Globalization;
using Orchestrator.Cli.Client;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;
using Spectre.Console;

namespace Orchestrator.Cli.Verbs;

/// <summary>The verbs that only look.</summary>
internal static class Queries
{
    public static IEnumerable<Command> All()
    {
        yield return Status();
        yield return Points();
        yield return Jobs();
        yield return new Command("journal", "Looks into the journal.") { JournalShow(), JournalVerify(), JournalAsOf() };
    }

    private static Command Status()
    {
        var machine = new Argument<string?>("machine") { Description = "One machine; all unless given.", Arity = ArgumentArity.ZeroOrOne };
        var watch = new Option<bool>("--watch") { Description = "Prints again whenever something changes, until interrupted." };
        var command = new Command("status", "Shows the protected machines, their health and their RPO.") { machine, watch };
        command.Run(async (node, parsed, cancellation) =>
        {
            if (!parsed.GetValue(watch)) return await PrintStatusAsync(node, parsed, parsed.GetValue(machine), cancellation);
            // Listening begins before the first look, so that no change falls between the two.
            await foreach (var change in node.ListenAsync(cancellation))
            {
                if (change is "" or LiveEvents.Machine or LiveEvents.Health or LiveEvents.Dropped)
                {
                    await PrintStatusAsync(node, parsed, parsed.GetValue(machine), cancellation);
                }
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<int> PrintStatusAsync(NodeClient node, ParseResult parsed, string? machine, CancellationToken cancellation) =>
        machine is not null
            ? parsed.Print(await node.GetAsync<MachineStatus>(Routes.ForMachine(Routes.Machine, machine), cancellation), Views.Machine)
            : parsed.Print(await node.GetAsync<NodeStatus>(Routes.Status, cancellation), status =>
            {
                var sites = string.Join(", ", status.Sites.Select(site => $"{site.Name} ({site.Kind}: {site.Location})"));
                AnsiConsole.MarkupLineInterpolated(
                    $"node {status.Version}, process {status.ProcessId}, {Show.Bytes(status.ResidentBytes)} resident; sites: {sites}");
                Views.Machines(status.Machines);
            });

    private static Command Points()
    {
        var machine = Common.Machine();
        var command = new Command("points", "Lists a machine's recovery points, newest first.") { machine };
        command.Run(async (node, parsed, cancellation) => parsed.Print(
            await node.GetAsync<List<PointView>>(Routes.ForMachine(Routes.Points, parsed.GetValue(machine)!), cancellation), Views.Points));
        return command;
    }

    private static Command Jobs()
    {
        var job = new Argument<Guid?>("job") { Description = "One job with its steps; all unless given.", Arity = ArgumentArity.ZeroOrOne };
        var machine = new Option<string?>("--machine") { Description = "Only this machine's jobs." };
        var command = new Command("jobs", "Lists the jobs, newest first, or shows one with its steps.") { job, machine };
        command.Run(async (node, parsed, cancellation) => parsed.GetValue(job) is { } id
            ? parsed.Print(await node.GetAsync<JobView>(Routes.ForJob(id), cancellation), Views.Job)
            : parsed.Print(await node.GetAsync<List<JobView>>(Query(Routes.Jobs, ("machine", parsed.GetValue(machine))), cancellation),
                Views.Jobs));
        return command;
    }

    private static Command JournalShow()
    {
        var machine = new Argument<string>("machine") { Description = "Whose history." };
        var from = new Option<long>("--from") { Description = "The first event's number.", DefaultValueFactory = _ => 1 };
        var limit = new Option<int>("--limit") { Description = "At most this many events.", DefaultValueFactory = _ => 1000 };
        var command = new Command("show", "Prints a machine's events.") { machine, from, limit };
        command.Run(async (node, parsed, cancellation) => parsed.Print(
            await node.GetAsync<List<JournalEntryView>>(
                Query(Routes.Journal, ("machine", parsed.GetValue(machine)), ("from", Number(parsed.GetValue(from))),
                    ("limit", Number(parsed.GetValue(limit)))), cancellation), Views.Entries));
        return command;
    }

    private static Command JournalVerify()
    {
        var command = new Command("verify", "Verifies the whole journal; names the first bad spot.");
        command.Run(async (node, parsed, cancellation) =>
        {
            var result = await node.GetAsync<JournalVerification>(Routes.JournalVerify, cancellation);
            parsed.Print(result, r => AnsiConsole.MarkupLineInterpolated(r.Damage is { } d
                ? (FormattableString)$"DAMAGED: {d.Kind} at shard {d.Shard}, position {d.Position}, {d.Entity} event {d.Sequence}. {d.Message}"
                : $"verified: {r.Events} events of {r.Entities} entities, every hash and every number in place"));
            return result.Verified ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command JournalAsOf()
    {
        var time = new Argument<DateTimeOffset>("time") { Description = "The instant, such as 2026-11-21T04:00:00Z." };
        var machine = new Option<string?>("--machine") { Description = "Only this machine." };
        var command = new Command("as-of", "Rebuilds the machines' state at a past instant.") { time, machine };
        command.Run(async (node, parsed, cancellation) => parsed.Print(
            await node.GetAsync<List<PastState>>(
                Query(Routes.JournalAsOf, ("time", parsed.GetValue(time).ToString("O", CultureInfo.InvariantCulture)),
                    ("machine", parsed.GetValue(machine))), cancellation), Views.Past));
        return command;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Query(string route, params (string Name, string? Value)[] parts)
    {
        var given = parts.Where(part => part.Value is not null).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}").ToArray();
        return given.Length == 0 ? route : $"{route}?{string.Join('&', given)}";
    }
}
