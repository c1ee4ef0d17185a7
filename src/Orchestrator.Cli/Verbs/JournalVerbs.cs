using System.CommandLine;
using System.Globalization;
using Orchestrator.Actors.Persistence;
using Orchestrator.Cli.Client;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;
using Orchestrator.Hosting.Evidence;
using Spectre.Console;

namespace Orchestrator.Cli.Verbs;

/// <summary><c>orchestrator journal</c>: the past, and the proof of it.</summary>
internal static class JournalVerbs
{
    /// <summary>How many published checkpoints go to the node: the newest ones, each sealing all before it.</summary>
    private const int MostPublished = 1000;

    private static readonly Option<string?> Backup = new("--from-backup")
    {
        Description = "Look at this copy of the journal's database file instead of asking a node.",
    };

    public static Command Make() => new("journal", "Looks into the journal, and proves what it holds.")
    {
        Show(), Verify(), AsOf(), Replay(), Export(), Checkpoints(), Shred(),
    };

    private static Command Show()
    {
        var machine = new Argument<string>("machine") { Description = "Whose history." };
        var from = new Option<long>("--from") { Description = "The first event's number.", DefaultValueFactory = _ => 1 };
        var limit = new Option<int>("--limit") { Description = "At most this many events.", DefaultValueFactory = _ => 1000 };
        var command = new Command("show", "Prints a machine's events.") { machine, from, limit };
        command.Run(async (node, parsed, cancellation) => parsed.Print(
            await node.GetAsync<List<JournalEntryView>>(Queries.Query(Routes.Journal, ("machine", parsed.GetValue(machine)),
                ("from", Queries.Number(parsed.GetValue(from))), ("limit", Queries.Number(parsed.GetValue(limit)))), cancellation), Views.Entries));
        return command;
    }

    private static Command Verify()
    {
        var published = new Option<string?>("--checkpoints")
        {
            Description = "Published checkpoints, a directory or a file, to compare with: shows a database put back to an older state.",
        };
        var key = new Option<string?>("--key")
        {
            Description = "With --from-backup: the public keys of the checkpoints; those beside --checkpoints or the copy unless given.",
        };
        var command = new Command("verify", "Verifies the whole journal and its checkpoints; names the first bad spot (exit code 1).")
        {
            Backup, published, key,
        };
        command.Run(async (node, parsed, cancellation) =>
        {
            var (backup, copies) = (parsed.GetValue(Backup), parsed.GetValue(published));
            var result = backup is not null
                ? await LocallyAsync(() => JournalCopy.VerifyAsync(backup, copies, parsed.GetValue(key), cancellation))
                : await node.PostAsync<JournalVerification>(Routes.JournalVerify, new VerifyRequest(copies is null ? [] :
                    await LocallyAsync(() => Task.FromResult<string[]>([.. PublishedFiles.ReadLines(copies).TakeLast(MostPublished)]))), cancellation);
            parsed.Print(result, Evidence.Verification);
            return result.Verified ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command AsOf()
    {
        var time = new Argument<DateTimeOffset>("time") { Description = "The instant, such as 2026-11-21T04:00:00Z." };
        var machine = new Option<string?>("--machine") { Description = "Only this machine." };
        var all = new Option<bool>("--all") { Description = "Everything at one moment: that of the last checkpoint at or before the instant." };
        var command = new Command("as-of", "Rebuilds the machines' state at a past instant.") { time, machine, all };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) && result.GetValue(machine) is not null) result.AddError("--all and --machine exclude each other.");
        });
        command.Run(async (node, parsed, cancellation) =>
        {
            var at = parsed.GetValue(time).ToString("O", CultureInfo.InvariantCulture);
            return parsed.GetValue(all)
                ? parsed.Print(await node.GetAsync<PastSystem>(Queries.Query(Routes.JournalCut, ("time", at)), cancellation), Evidence.System)
                : parsed.Print(await node.GetAsync<List<PastState>>(
                    Queries.Query(Routes.JournalAsOf, ("time", at), ("machine", parsed.GetValue(machine))), cancellation), Views.Past);
        });
        return command;
    }

    private static Command Replay()
    {
        var machine = new Argument<string>("machine") { Description = "Whose life." };
        var to = new Option<long?>("--to") { Description = "The last event's number." };
        var command = new Command("replay", "Goes through a machine's life event by event, and tells what each changed.") { machine, to };
        command.Run(async (node, parsed, cancellation) => parsed.Print(await node.GetAsync<List<ReplayStep>>(Queries.Query(Routes.JournalReplay,
            ("machine", parsed.GetValue(machine)), ("to", parsed.GetValue(to) is { } last ? Queries.Number(last) : null)), cancellation),
            Evidence.Steps));
        return command;
    }

    private static Command Export()
    {
        var machine = new Option<string?>("--entity") { Description = "One machine." };
        var all = new Option<bool>("--all") { Description = "Everything." };
        var from = new Option<DateTimeOffset?>("--from") { Description = "Events of this time and later." };
        var to = new Option<DateTimeOffset?>("--to") { Description = "Events of this time and earlier." };
        var command = new Command("export", "Writes events as JSON lines that need no program of ours to be read.") { machine, all, from, to, Backup };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(machine) is not null)) result.AddError("Name either --entity or --all.");
        });
        command.Run(async (node, parsed, cancellation) =>
        {
            var (first, last) = (parsed.GetValue(from), parsed.GetValue(to));
            var lines = parsed.GetValue(Backup) is { } backup
                ? JournalCopy.ExportAsync(backup, parsed.GetValue(machine), first, last, cancellation)
                : node.GetLinesAsync(Queries.Query(Routes.JournalExport, ("machine", parsed.GetValue(machine)), ("from", Time(first)), ("to", Time(last))),
                    cancellation);
            await LocallyAsync(async () =>
            {
                await foreach (var line in lines) Console.Out.WriteLine(line);
                return true;
            });
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Checkpoints()
    {
        var limit = new Option<int>("--limit") { Description = "At most this many, newest first.", DefaultValueFactory = _ => 10 };
        var command = new Command("checkpoints", "Lists the newest signed checkpoints and where they are published.") { limit };
        command.Run(async (node, parsed, cancellation) => parsed.Print(await node.GetAsync<CheckpointsView>(
            Queries.Query(Routes.JournalCheckpoints, ("limit", Queries.Number(parsed.GetValue(limit)))), cancellation), Evidence.Checkpoints));
        return command;
    }

    private static Command Shred()
    {
        var machine = new Argument<string>("machine") { Description = "Whose events." };
        var events = new Option<string>("--events") { Description = "Their numbers, such as 3..7.", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why; kept on record for ever.", Required = true };
        var force = new Option<bool>("--force") { Description = "Also where no snapshot covers them: the machine cannot be recovered then." };
        var command = new Command("shred", "Removes the contents of events for good, on record; the hashes stay and the journal still verifies.")
        {
            machine, events, reason, force,
        };
        events.Validators.Add(result =>
        {
            if (!TryRange(result.GetValueOrDefault<string>(), out _, out _)) result.AddError("--events is two numbers, such as 3..7.");
        });
        command.Run(async (node, parsed, cancellation) =>
        {
            TryRange(parsed.GetValue(events), out var first, out var last);
            var request = new ShredRequest(parsed.GetValue(machine)!, first, last, parsed.GetValue(reason)!, parsed.GetValue(force));
            return parsed.Print(await node.PostAsync<ShreddingView>(Routes.JournalShred, request, cancellation), view =>
                AnsiConsole.MarkupLineInterpolated($"shredded: events {view.First} to {view.Last} of {view.Machine}, note {view.Number}"));
        });
        return command;
    }

    private static bool TryRange(string? text, out long first, out long last)
    {
        (first, last) = (0, 0);
        var parts = text?.Split("..") ?? [];
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out first)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out last) && first >= 1 && last >= first;
    }

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>What reads files here fails with the same words as a node.</summary>
    private static async Task<T> LocallyAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (JournalException error)
        {
            throw new CliException(ExitCodes.Failed, new ErrorView(error.Code, error.Message, null, []), error);
        }
        catch (IOException error)
        {
            throw new CliException(ExitCodes.Failed, new ErrorView("ORC1108", $"It ended early: {error.Message}",
                "What was written is not the whole. Run 'journal verify'.", []), error);
        }
    }
}
