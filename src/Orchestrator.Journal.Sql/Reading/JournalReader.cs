using System.Runtime.CompilerServices;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Reading;

/// <summary>Which events to show.</summary>
/// <param name="ShardId">One shard, or null for all, one after the other.</param>
/// <param name="FromPosition">The first position, in each shard.</param>
/// <param name="ToPosition">The last position, in each shard.</param>
/// <param name="Entity">One entity, or null for all; with it the events come in order of sequence number.</param>
/// <param name="Limit">The most events to show.</param>
public sealed record JournalRange(
    int? ShardId = null, long FromPosition = 1, long ToPosition = long.MaxValue, PersistenceId? Entity = null,
    long Limit = long.MaxValue);

/// <summary>Answers an operator's questions from a journal, running or not, without changing it.</summary>
/// <param name="image">What to read.</param>
public sealed class JournalReader(IJournalImage image)
{
    /// <summary>The events of a range. Rows that are damaged come too, with a null event.</summary>
    public async IAsyncEnumerable<StoredRow> ShowAsync(
        JournalRange range, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(range);
        var left = range.Limit;
        if (left <= 0)
        {
            yield break;
        }

        await foreach (var row in Rows(range, cancellation))
        {
            yield return row;
            if (--left == 0)
            {
                yield break;
            }
        }
    }

    /// <summary>The history of an entity as it was at a time: its events up to the last before the first one made later.</summary>
    /// <remarks>Ends at the first later event even if the writer's clock went back after it: a state is built of a prefix only.</remarks>
    /// <param name="id">The entity.</param>
    /// <param name="time">Events with <see cref="JournalEvent.At"/> equal or before are in.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="JournalException"><see cref="JournalErrorCodes.Corrupt"/>: a damaged event is among them.</exception>
    public async IAsyncEnumerable<JournalEvent> AsOfAsync(
        PersistenceId id, DateTimeOffset time, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var previous = HashChain.Genesis(id);
        await foreach (var row in image.ReadEntityAsync(id, 1, cancellation))
        {
            if (row.Event is not { } stored || !HashChain.Follows(previous, stored))
            {
                throw new JournalException(JournalErrorCodes.Corrupt,
                    $"The event of {id} at position {row.Position} of shard {row.ShardId} in {image.Name} is damaged. "
                    + "Run 'journal verify'.", isTransient: false, outcomeUnknown: false);
            }

            if (stored.At > time)
            {
                yield break;
            }

            previous = stored.Hash;
            yield return stored;
        }
    }

    private async IAsyncEnumerable<StoredRow> Rows(
        JournalRange range, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var first = range.ShardId ?? 0;
        var last = range.ShardId ?? image.ShardCount - 1;
        for (var shard = range.Entity is null ? first : last; shard <= last; shard++)
        {
            var rows = range.Entity is { } id
                ? image.ReadEntityAsync(id, 1, cancellation)
                : image.ReadShardAsync(shard, range.FromPosition, cancellation);
            await foreach (var row in rows)
            {
                if (row.Position > range.ToPosition && range.Entity is null)
                {
                    break;
                }

                if (row.Position >= range.FromPosition && row.Position <= range.ToPosition
                    && (range.ShardId is null || row.ShardId == range.ShardId))
                {
                    yield return row;
                }
            }
        }
    }
}
