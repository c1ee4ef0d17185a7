using System.Globalization;
using Orchestrator.Contracts;
using Spectre.Console;

namespace Orchestrator.Cli.Output;

/// <summary>How the journal's evidence is shown.</summary>
internal static class Evidence
{
    public static void Verification(JournalVerification r)
    {
        if (r.Damage is { } d)
        {
            var entity = d.Entity is null ? "" : $", {d.Entity} event {d.Sequence}";
            var spot = d.Position == 0 && d.Checkpoint is not null ? $"checkpoint {d.Checkpoint}" : $"shard {d.Shard}, position {d.Position}{entity}";
            AnsiConsole.MarkupLineInterpolated($"DAMAGED: {d.Kind} at {spot}. {d.Message}");
            return;
        }

        AnsiConsole.MarkupLineInterpolated($"verified: {r.Events} events of {r.Entities} entities, every hash and every number in place");
        AnsiConsole.MarkupLineInterpolated(
            $"sealed: {r.SealedEvents} of them by {r.Checkpoints} signed checkpoints; {r.Published} published copies agree; {r.Shredded} payloads shredded");
    }

    public static void System(PastSystem past)
    {
        AnsiConsole.MarkupLineInterpolated($"everything at checkpoint {past.Checkpoint} of {Show.Time(past.At)}, {past.Events} events");
        Views.Past(past.Machines);
    }

    public static void Checkpoints(CheckpointsView view)
    {
        var table = Show.Table("checkpoint", "at", "events", "root");
        foreach (var c in view.Checkpoints)
        {
            table.Row(Number(c.Number), Show.Time(c.At), Number(c.Events), c.Root);
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"signed with key {view.KeyId}");
        foreach (var target in view.Targets)
        {
            AnsiConsole.MarkupLineInterpolated(
                $"{target.Name}: up to checkpoint {target.Published}{(target.Error is { } e ? $"; {e.Code}: {e.Message}" : "")}");
        }

        if (view.Targets.Count == 0) AnsiConsole.MarkupLine("published nowhere: only copies outside show a database put back to an older state");
    }

    public static void Steps(IReadOnlyList<ReplayStep> steps)
    {
        foreach (var step in steps)
        {
            AnsiConsole.MarkupLineInterpolated($"{step.Sequence}  {Show.Time(step.At)}  {step.State}  {step.Type}: {step.Text}");
            foreach (var change in step.Changes)
            {
                AnsiConsole.MarkupLineInterpolated($"      {change.Path}: {change.Before ?? "-"} -> {change.After ?? "-"}");
            }
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
