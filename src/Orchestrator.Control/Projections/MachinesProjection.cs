using System.Text.Json;
using Orchestrator.Actors.Projections;
using Orchestrator.Contracts;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Projections;

/// <summary>The machines with their recovery points and their health; the three always fit together.</summary>
/// <remarks>
/// Rows: <c>machine/MACHINE</c> is its state without the recovery points, <c>point/MACHINE/POINT</c> one recovery point,
/// <c>health/MACHINE</c> its health and since when. Points are rows of their own because a machine takes one every few seconds and
/// keeps hundreds: rewriting them all with each would be most of what is written.
/// </remarks>
public sealed class MachinesProjection(MachineEvents events) : Projection
{
    /// <summary>The projection's name.</summary>
    public const string Name = "machines";

    internal const string MachinePrefix = "machine/";
    internal const string HealthPrefix = "health/";
    internal const string PointPrefix = "point/";

    // Stands for "there are points" where only that matters.
    private static readonly PointList Some =
        [new RecoveryPoint(new RecoveryPointId(Guid.Empty), 0, 0, RecoveryPointKind.CrashConsistent, default, default, default)];

    /// <inheritdoc />
    public override ProjectionId Id { get; } = new(Name, 1);

    /// <inheritdoc />
    public override IReadOnlyList<string> Reads(ProjectedEvent @event)
    {
        var stored = @event.Stored;
        if (stored.Id.Kind != MachineActor.Kind) return [];
        string[] keys = [MachinePrefix + stored.Id.Name, HealthPrefix + stored.Id.Name];
        return stored.TypeId == MachineEventTypes.RecoveryPointsExpired ? [.. keys, .. ExpiredKeys(@event)] : keys;
    }

    /// <inheritdoc />
    public override IReadOnlyList<RowChange> Handle(ProjectedEvent @event, Func<string, byte[]?> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var stored = @event.Stored;
        if (stored.Id.Kind != MachineActor.Kind) return [];
        var machine = stored.Id.Name;
        var row = rows(MachinePrefix + machine) is { } bytes ? MachineRow.Read(bytes) : MachineRow.First;
        if (row.IsBroken || stored.SequenceNr <= row.Sequence) return [];
        if (stored.SequenceNr != row.Sequence + 1) return [RowChange.Upsert(MachinePrefix + machine, (row with { IsBroken = true }).Write())];

        var fold = new Fold(machine, stored.SequenceNr, row, rows);
        foreach (var one in events.Decode(stored)) fold.Apply(one);
        return [.. fold.Changes, RowChange.Upsert(MachinePrefix + machine, fold.Row.Write()), .. HealthChange(machine, fold, stored.At, rows)];
    }

    internal static string PointKey(string machine, RecoveryPointId point) => $"{PointPrefix}{machine}/{point.Value:N}";

    private static IEnumerable<RowChange> HealthChange(string machine, Fold fold, DateTimeOffset at, Func<string, byte[]?> rows)
    {
        var key = HealthPrefix + machine;
        if (ProtectedMachine.ProtectionOf(fold.Row.State) is null)
        {
            return rows(key) is null ? [] : [RowChange.Delete(key)];
        }

        var was = rows(key) is { } row ? JsonSerializer.Deserialize<MachineHealthView>(row, Wire.Json) : null;
        var health = ProtectedMachine.Health(StatePoints.With(fold.Row.State, fold.Row.PointCount > 0 ? Some : []));
        HealthReasonView[] reasons = [.. health.Select(reason => new HealthReasonView(reason.Code, reason.Level.ToString(), reason.Message, reason.Advice))];
        var level = health.Level.ToString();
        if (was is not null && was.Level == level && was.Reasons.SequenceEqual(reasons)) return [];
        var now = new MachineHealthView(machine, level, reasons, was?.Level == level ? was.Since : at);
        return [RowChange.Upsert(key, JsonSerializer.SerializeToUtf8Bytes(now, Wire.Json))];
    }

    private IEnumerable<string> ExpiredKeys(ProjectedEvent @event)
    {
        try
        {
            return events.Decode(@event.Stored).OfType<Event.RecoveryPointsExpired>()
                .SelectMany(expired => expired.Points).Select(point => PointKey(@event.Stored.Id.Name, point));
        }
        catch (Exception error) when (error is MessagePackException or Actors.Persistence.UnknownEventException)
        {
            return []; // Handling it meets the same error, where it counts.
        }
    }

    private sealed class Fold(string machine, long sequence, MachineRow row, Func<string, byte[]?> rows)
    {
        private readonly List<RowChange> _changes = [];

        public MachineRow Row { get; private set; } = row with { Sequence = sequence };

        public IReadOnlyList<RowChange> Changes => _changes;

        public void Apply(Event @event)
        {
            var next = ProtectedMachine.Evolve(Row.State, @event);
            if (Row.PointCount > 0 && (!StatePoints.Has(next) || @event is Event.InitialReplicationCompleted)) DropAll();
            if (@event is Event.RecoveryPointRecorded recorded) Add(recorded.Point);
            if (@event is Event.RecoveryPointsExpired expired) Drop(expired.Points);
            Row = Row with { State = StatePoints.With(next, []) };
        }

        private void DropAll()
        {
            _changes.Add(RowChange.DeletePrefix($"{PointPrefix}{machine}/"));
            Row = Row with { PointCount = 0 };
        }

        private void Add(RecoveryPoint point)
        {
            _changes.Add(RowChange.Upsert(PointKey(machine, point.Id), PointRow.Write(Row.PointsEver, point)));
            Row = Row with { PointCount = Row.PointCount + 1, PointsEver = Row.PointsEver + 1 };
        }

        private void Drop(PointIdList points)
        {
            foreach (var key in points.Select(point => PointKey(machine, point)).Where(key => rows(key) is not null))
            {
                _changes.Add(RowChange.Delete(key));
                Row = Row with { PointCount = Row.PointCount - 1 };
            }
        }
    }
}
