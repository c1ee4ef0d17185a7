using System.Globalization;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Crash.Journal;

/// <summary>The promise that a shard is stored up to a position, whose event has this hash.</summary>
public sealed record Acknowledgement(int ShardId, long Position, byte[] Hash)
{
    /// <summary>The line the child prints.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"ack {ShardId} {Position} {Convert.ToHexString(Hash)}");

    /// <summary>Reads a line; null if it is another one, or was cut by the kill.</summary>
    public static Acknowledgement? TryParse(string line) =>
        line.Split(' ') is ["ack", var shard, var position, { Length: 64 } hash]
            ? new Acknowledgement(int.Parse(shard, CultureInfo.InvariantCulture),
                long.Parse(position, CultureInfo.InvariantCulture), Convert.FromHexString(hash))
            : null;

    /// <summary>How many of the promises the journal does not keep.</summary>
    public static async Task<int> CountLostAsync(IJournal journal, IEnumerable<Acknowledgement> acknowledged)
    {
        var lost = 0;
        foreach (var shard in acknowledged.GroupBy(static a => a.ShardId))
        {
            var first = shard.Min(static a => a.Position);
            var stored = (await journal.ReadShardAsync(shard.Key, first - 1, int.MaxValue, CancellationToken.None))
                .ToDictionary(static e => e.Position, static e => e.Hash);
            lost += shard.Count(a => !stored.TryGetValue(a.Position, out var hash) || !hash.AsSpan().SequenceEqual(a.Hash));
        }

        return lost;
    }
}
