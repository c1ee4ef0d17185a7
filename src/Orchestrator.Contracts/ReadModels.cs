namespace Orchestrator.Contracts;

/// <summary>How well a machine is, and since when.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Level">Normal, Warning or Critical.</param>
/// <param name="Reasons">Why, each with its code and advice.</param>
/// <param name="Since">When the level was reached.</param>
public sealed record MachineHealthView(string Machine, string Level, IReadOnlyList<HealthReasonView> Reasons, DateTimeOffset Since);

/// <summary>A machine has changed, as the live feed tells it.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Sequence">Its last event.</param>
/// <param name="State">Its state now.</param>
/// <param name="PointCount">How many recovery points can be chosen.</param>
public sealed record MachineChange(string Machine, long Sequence, string State, int PointCount);

/// <summary>The names of what the live feed tells: server-sent events with JSON data.</summary>
public static class LiveEvents
{
    /// <summary>A machine has changed (<see cref="MachineChange"/>).</summary>
    public const string Machine = "machine";

    /// <summary>A machine's health has changed (<see cref="MachineHealthView"/>).</summary>
    public const string Health = "health";

    /// <summary>A job has changed (<see cref="JobView"/>).</summary>
    public const string Job = "job";

    /// <summary>Something has happened (<see cref="JournalEntryView"/>).</summary>
    public const string Event = "event";

    /// <summary>The listener was too slow and has missed so many changes in all (a number): read everything anew.</summary>
    public const string Dropped = "dropped";
}
