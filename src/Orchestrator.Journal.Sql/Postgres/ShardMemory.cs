using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;

namespace Orchestrator.Journal.Sql.Postgres;

/// <summary>What this journal knows of a shard at one (epoch, head): the chain there, and the tips of entities written lately.</summary>
/// <remarks>
/// It saves a look-up before each append, and decides nothing alone: the statement compares (epoch, head) again, and where both
/// are as remembered nobody has written to the shard since. It moves on with an append that is stored; after any other outcome
/// it is forgotten.
/// </remarks>
internal sealed class ShardMemory(int shardId, long epoch, long head, byte[] chain)
{
    private readonly Dictionary<PersistenceId, EntityTip> _tips = [];

    public int ShardId { get; } = shardId;

    public long Head { get; private set; } = head;

    public byte[] Chain { get; private set; } = chain;

    public int EntityCount => _tips.Count;

    /// <summary>Whether it is of the moment at which the append wants to write.</summary>
    public bool Fits(ShardAppend append) => append.Epoch == epoch && append.ExpectedHead == Head;

    public EntityTip? Find(PersistenceId id) => _tips.GetValueOrDefault(id);

    public void Remember(PersistenceId id, EntityTip tip) => _tips[id] = tip;

    public void Advance(byte[] eventHash) => Chain = ShardChain.Next(Chain, ++Head, eventHash);
}

/// <summary>Numbers for new entities, taken from the database in blocks.</summary>
internal sealed class EntityKeys
{
    /// <summary>How many numbers a value of the sequence stands for; the increment of <c>entity_key</c>.</summary>
    public const int BlockSize = 64;

    private readonly Queue<long> _free = new();

    /// <summary>How many blocks are missing for as many entities.</summary>
    public int MissingBlocks(int wanted) => Math.Max(0, (wanted - _free.Count + BlockSize - 1) / BlockSize);

    public void Add(long first)
    {
        for (var i = 0; i < BlockSize; i++)
        {
            _free.Enqueue(first + i);
        }
    }

    public long Take() => _free.Dequeue();
}
