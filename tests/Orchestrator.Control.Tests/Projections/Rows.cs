using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Projections;

/// <summary>The rows of one projection in memory, fed event by event as a runner would.</summary>
internal sealed class Rows(Projection projection)
{
    private static readonly MachineEventCodec Codec = new();

    public static MachineEvents Events { get; } = new(Codec);

    public SortedDictionary<string, byte[]> All { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<RowChange> LastChanges { get; private set; } = [];

    public void Apply(string machine, long sequence, Event e, DateTimeOffset at = default)
    {
        var encoded = Codec.Encode(e);
        Apply(new JournalEvent(new PersistenceId(MachineActor.Kind, machine), sequence, 1, encoded.TypeId, encoded.Version, at, [], encoded.Payload, [], [1, 2])
        {
            Position = sequence,
        });
    }

    public void Apply(JournalEvent stored)
    {
        var projected = new ProjectedEvent(0, stored);
        var known = projection.Reads(projected).ToHashSet(StringComparer.Ordinal);
        LastChanges = projection.Handle(projected, key =>
        {
            known.Should().Contain(key, "only what was asked for may be looked at");
            return All.GetValueOrDefault(key);
        });
        foreach (var change in LastChanges)
        {
            switch (change.Kind)
            {
                case RowChangeKind.Upsert: All[change.Key] = change.Value; break;
                case RowChangeKind.Delete: All.Remove(change.Key); break;
                default:
                    foreach (var key in All.Keys.Where(key => key.StartsWith(change.Key, StringComparison.Ordinal)).ToList()) All.Remove(key);
                    break;
            }
        }
    }

    public IEnumerable<byte[]> Below(string prefix) =>
        All.Where(row => row.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(row => row.Value);
}
