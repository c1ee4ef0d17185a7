using System.Text.Json;
using Orchestrator.Actors.Projections;
using Orchestrator.Contracts;
using Orchestrator.Control.Projections;

namespace Orchestrator.Control.Queries;

/// <summary>A change of a read model in the words of the API.</summary>
/// <param name="Name">One of <see cref="LiveEvents"/>.</param>
/// <param name="Json">The record that goes with the name, on one line.</param>
public sealed record LiveEvent(string Name, string Json)
{
    /// <summary>What a change is to a listener; null when it is nothing.</summary>
    public static LiveEvent? Of(LiveChange change)
    {
        var row = change.Change;
        if (row.Kind != RowChangeKind.Upsert) return null;
        return change.Projection switch
        {
            MachinesProjection.Name when Below(row, MachinesProjection.MachinePrefix) => OfMachine(row),
            MachinesProjection.Name when Below(row, MachinesProjection.HealthPrefix) => new LiveEvent(LiveEvents.Health, Text(row)),
            JobsProjection.Name when Below(row, JobsProjection.JobPrefix(null)) => new LiveEvent(LiveEvents.Job, Text(row)),
            EventsProjection.Name => new LiveEvent(LiveEvents.Event, Text(row)),
            _ => null,
        };
    }

    private static bool Below(RowChange row, string prefix) => row.Key.StartsWith(prefix, StringComparison.Ordinal);

    private static string Text(RowChange row) => System.Text.Encoding.UTF8.GetString(row.Value);

    private static LiveEvent OfMachine(RowChange row)
    {
        var machine = MachineRow.Read(row.Value);
        return new LiveEvent(LiveEvents.Machine, JsonSerializer.Serialize(new MachineChange(
            row.Key[MachinesProjection.MachinePrefix.Length..], machine.Sequence, MachineViews.NameOf(machine.State), machine.PointCount), Wire.Json));
    }
}
