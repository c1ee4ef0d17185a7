using System.Globalization;
using System.Text.Json;
using Orchestrator.Actors.Projections;
using Orchestrator.Contracts;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;

namespace Orchestrator.Control.Projections;

/// <summary>What has happened to all machines, by time: the list an operator reads.</summary>
/// <remarks>
/// Rows: <c>TICKS/SHARD/POSITION</c> is an event in words (<see cref="JournalEntryView"/>, JSON). Progress of copies and the coming and
/// going of recovery points are left out: they are told elsewhere, and there are a hundred of them to each event that matters. The
/// journal keeps them.
/// </remarks>
public sealed class EventsProjection(MachineEvents events, MachineEventCodec codec) : Projection
{
    /// <summary>The projection's name.</summary>
    public const string Name = "events";

    /// <inheritdoc />
    public override ProjectionId Id { get; } = new(Name, 1);

    /// <inheritdoc />
    public override IReadOnlyList<RowChange> Handle(ProjectedEvent @event, Func<string, byte[]?> rows)
    {
        var stored = @event.Stored;
        if (stored.Id.Kind != MachineActor.Kind || stored.TypeId is MachineEventTypes.InitialReplicationProgressed
            or MachineEventTypes.RecoveryPointRecorded or MachineEventTypes.RecoveryPointsExpired) return [];
        var meaning = events.Decode(stored);
        if (meaning.Count == 0) return [];
        var entry = new JournalEntryView(
            stored.Position, @event.ShardId, stored.Id.Name, stored.SequenceNr, stored.At, codec.NameOf(stored.TypeId),
            string.Join("; ", meaning.Select(EventText.Describe)), Convert.ToHexStringLower(stored.Hash));
        var key = string.Create(CultureInfo.InvariantCulture, $"{stored.At.UtcTicks:D19}/{@event.ShardId:D4}/{stored.Position:D19}");
        return [RowChange.Upsert(key, JsonSerializer.SerializeToUtf8Bytes(entry, Wire.Json))];
    }
}
