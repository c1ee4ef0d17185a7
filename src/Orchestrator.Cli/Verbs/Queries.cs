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
        yield return JournalVerbs.Make();
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
                foreach (var reason in status.Health)
                    AnsiConsole.MarkupLineInterpolated($"{reason.Level}: {reason.Code} {reason.Message} {reason.Advice}");
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

    /// <summary>A number as it stands in a query.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A route with those parts of a query that are given.</summary>
    public static string Query(string route, params (string Name, string? Value)[] parts)
    {
        var given = parts.Where(part => part.Value is not null).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}").ToArray();
        return given.Length == 0 ? route : $"{route}?{string.Join('&', given)}";
    }
}
