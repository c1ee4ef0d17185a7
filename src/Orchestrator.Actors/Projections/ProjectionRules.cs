using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Projections;

/// <summary>What every projection store checks before it writes.</summary>
public static class ProjectionRules
{
    /// <summary>The longest key of a row, in characters.</summary>
    public const int MaxKeyLength = 400;

    /// <summary>Sorts behind every character a key may hold: ends the range of a prefix.</summary>
    public const char BehindAll = '\u007f';

    /// <summary>Refuses what no store can keep.</summary>
    /// <exception cref="ArgumentException">A key is empty, too long or not printable ASCII; or a commit does not move its shard forward.</exception>
    public static void Check(ProjectionId id, IReadOnlyList<ShardCommit> commits)
    {
        Check(id);
        ArgumentNullException.ThrowIfNull(commits);
        foreach (var commit in commits)
        {
            if (commit.ExpectedPosition < 0 || commit.Offset.Position <= commit.ExpectedPosition)
                throw new ArgumentException($"{id} would not move shard {commit.ShardId} forward from {commit.ExpectedPosition}.", nameof(commits));

            foreach (var change in commit.Changes)
                CheckKey(id, change);
        }
    }

    /// <summary>Refuses a projection without a name or version.</summary>
    public static void Check(ProjectionId id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id.Name);
        ArgumentOutOfRangeException.ThrowIfLessThan(id.Version, 1);
    }

    /// <summary>Changes with the same effect in which no row is changed twice: prefixes first, then one change for each row.</summary>
    public static IReadOnlyList<RowChange> Reduce(IReadOnlyList<RowChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        var set = new ChangeSet(new Dictionary<string, byte[]?>());
        set.Add(changes);
        return set.Changes;
    }

    /// <summary>The keys a query asks for as a range: from the first inclusively to the second exclusively.</summary>
    /// <remarks>A page begins behind the last key: narrowing the range keeps a late page as quick as the first.</remarks>
    public static (string From, string To) RangeOf(RowQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (from, to) = (query.Prefix, query.Prefix + BehindAll);
        if (query.After is not { } after)
            return (from, to);

        if (query.Descending)
            return (from, string.CompareOrdinal(after, to) < 0 ? after : to);

        // Of all keys the one right behind it is the same with the first character appended.
        return (string.CompareOrdinal(after, from) >= 0 ? after + ' ' : from, to);
    }

    /// <summary>The error of a row that another shard has made.</summary>
    public static JournalException RowOfAnotherShard(ProjectionId id, string key, int shardId) => new(
        ActorErrorCodes.RowOfAnotherShard,
        $"Projection {id}: an event of shard {shardId} changes row '{key}', which belongs to another shard. Give each shard rows of its own.",
        isTransient: false, outcomeUnknown: false);

    // Ordinal order of ASCII is the same in every store, whatever its collations.
    private static void CheckKey(ProjectionId id, RowChange change)
    {
        if (change.Key.Length is 0 or > MaxKeyLength || change.Key.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException(
                $"{id} has a row key that is empty, longer than {MaxKeyLength} or not printable ASCII: '{change.Key}'.", nameof(change));
        }
    }
}
