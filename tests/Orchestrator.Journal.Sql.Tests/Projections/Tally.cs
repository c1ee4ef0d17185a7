using System.Buffers.Binary;
using System.Globalization;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;

namespace Orchestrator.Journal.Sql.Tests.Projections;

/// <summary>An entity that counts.</summary>
internal sealed class Counter : PersistentActor<long, bool, byte[]>
{
    protected override long InitialState(PersistenceId id) => 0;

    protected override long Apply(long state, byte[] @event) => state + 1;

    protected override Effect<long, byte[]> OnCommand(long state, bool command, EntityContext<bool> context) =>
        Persist(new byte[200]).ReplyWith(after => after);
}

internal sealed class Bytes : IEventCodec<byte[]>
{
    public EncodedEvent Encode(byte[] @event) => new(1, 1, @event);

    public byte[] Decode(int typeId, short typeVersion, byte[]? payload) => payload!;
}

/// <summary>Per entity how many of its events came, and per shard the last position: an event that is skipped or comes twice shows in both.</summary>
internal sealed class Tally : Projection
{
    public override ProjectionId Id { get; } = new("tally", 1);

    public override PoisonPolicy OnPoison => PoisonPolicy.Halt;

    public override IReadOnlyList<string> Reads(ProjectedEvent @event) => [EntityKey(@event), ShardKey(@event.ShardId)];

    public override IReadOnlyList<RowChange> Handle(ProjectedEvent @event, Func<string, byte[]?> rows)
    {
        var (entity, shard) = (Number(rows(EntityKey(@event))), Number(rows(ShardKey(@event.ShardId))));
        if (@event.Stored.SequenceNr != entity + 1 || @event.Stored.Position != shard + 1)
        {
            throw new InvalidOperationException(
                $"{@event.Stored.Id} {@event.Stored.SequenceNr} at {@event.Stored.Position} came behind event {entity} and position {shard}.");
        }

        return [RowChange.Upsert(EntityKey(@event), Row(entity + 1)), RowChange.Upsert(ShardKey(@event.ShardId), Row(shard + 1))];
    }

    public static long Number(byte[]? row) => row is null ? 0 : BinaryPrimitives.ReadInt64BigEndian(row);

    private static string EntityKey(ProjectedEvent @event) => $"entity/{@event.Stored.Id.Name}";

    private static string ShardKey(int shardId) => string.Create(CultureInfo.InvariantCulture, $"shard/{shardId:D4}");

    private static byte[] Row(long number)
    {
        var row = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(row, number);
        return row;
    }
}
