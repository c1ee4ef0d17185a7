using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Projections;

/// <summary>Where one projection stands in one shard, and the rows it remembers. Belongs to the projection's loop.</summary>
internal sealed class ShardProgress(int shardId, ProjectionOffset offset)
{
    private readonly Dictionary<string, byte[]?> _rows = new(StringComparer.Ordinal);
    private int _attempts;

    public int ShardId { get; } = shardId;

    public ProjectionOffset Offset { get; private set; } = offset;

    /// <summary>There may be events behind the offset.</summary>
    public bool IsDue { get; set; } = true;

    /// <summary>The journal holds what the offset says.</summary>
    public bool IsVerified { get; set; } = offset.Position == 0;

    /// <summary>A poison event has stopped it.</summary>
    public bool IsHalted { get; set; }

    public void Restart()
    {
        Offset = ProjectionOffset.Start;
        IsVerified = true;
        _rows.Clear();
    }

    /// <summary>The keys a page asks for that are not known yet.</summary>
    public List<string> MissingRows(Projection projection, IReadOnlyList<JournalEvent> page) =>
        [.. page.SelectMany(stored => projection.Reads(new ProjectedEvent(ShardId, stored))).Distinct(StringComparer.Ordinal)
            .Where(key => !_rows.ContainsKey(key))];

    public void Remember(List<string> asked, IReadOnlyDictionary<string, byte[]> found)
    {
        foreach (var key in asked)
            _rows[key] = found.GetValueOrDefault(key);
    }

    /// <summary>Folds the page up to its end, or up to an event that cannot be handled.</summary>
    public ShardFold Fold(Projection projection, IReadOnlyList<JournalEvent> page, int poisonAttempts, DateTimeOffset now)
    {
        var changes = new ChangeSet(_rows);
        var fold = new ShardFold(this, changes);
        foreach (var stored in page)
        {
            CheckOrder(stored, fold.Position);
            try
            {
                changes.Add(projection.Handle(new ProjectedEvent(ShardId, stored), changes.Find));
            }
            catch (Exception error)
            {
                if (!TryPass(projection, fold, stored, error, poisonAttempts, now))
                    break;
            }

            fold.Pass(stored);
        }

        return fold;
    }

    /// <summary>Takes note that the fold is stored.</summary>
    public void Advance(ShardFold fold, int cachedRows)
    {
        Offset = fold.Commit.Offset;
        _attempts = 0;
        if (_rows.Count > cachedRows)
            _rows.Clear();
        else
            fold.Changes.ApplyTo(_rows);
    }

    // Only an event at the very offset is counted: what comes before it in the page is stored first.
    private bool TryPass(Projection projection, ShardFold fold, JournalEvent stored, Exception error, int poisonAttempts, DateTimeOffset now)
    {
        fold.Poison = error;
        fold.PoisonPosition = stored.Position;
        if (fold.Position != Offset.Position || ++_attempts < poisonAttempts)
            return false;

        if (projection.OnPoison == PoisonPolicy.Halt)
        {
            IsHalted = true;
            return false;
        }

        fold.SetAside(new ProjectionDeadLetter(ShardId, stored.Position, _attempts, $"{error.GetType().Name}: {error.Message}", now));
        return true;
    }

    private void CheckOrder(JournalEvent stored, long after)
    {
        if (stored.Position != after + 1)
        {
            throw new JournalException(ActorErrorCodes.HistoryGap,
                $"Shard {ShardId} of the journal answered position {stored.Position} where {after + 1} was expected. Verify the journal.",
                isTransient: false, outcomeUnknown: false);
        }
    }
}

/// <summary>What a page has become.</summary>
internal sealed class ShardFold(ShardProgress progress, ChangeSet changes)
{
    private readonly List<ProjectionDeadLetter> _deadLetters = [];
    private ProjectionOffset _offset = progress.Offset;

    public ShardProgress Progress { get; } = progress;

    public ChangeSet Changes { get; } = changes;

    public long Position => _offset.Position;

    /// <summary>Why the fold ended early, or why an event was set aside; null when all went well.</summary>
    public Exception? Poison { get; set; }

    public long PoisonPosition { get; set; }

    public IReadOnlyList<ProjectionDeadLetter> DeadLetters => _deadLetters;

    public bool IsEmpty => Position == Progress.Offset.Position;

    /// <summary>The fold ended before the page did.</summary>
    public bool EndedEarly => Poison is not null && Position < PoisonPosition;

    public ShardCommit Commit => new(Progress.ShardId, Progress.Offset.Position, _offset, Changes.Changes, _deadLetters);

    public void Pass(JournalEvent stored) => _offset = new ProjectionOffset(stored.Position, stored.Hash);

    public void SetAside(ProjectionDeadLetter letter) => _deadLetters.Add(letter);
}
