using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Sqlite;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Tests.Evidence;

/// <summary>A real journal file, its checkpoints as they are taken, and their published copies.</summary>
internal sealed class SealedJournal : IAsyncDisposable
{
    public const string Unlocked =
        "DROP TRIGGER IF EXISTS journal_no_update; DROP TRIGGER IF EXISTS journal_no_delete; DROP TRIGGER IF EXISTS shard_forward; "
        + "DROP TRIGGER IF EXISTS checkpoint_no_update; DROP TRIGGER IF EXISTS checkpoint_no_delete; DROP TRIGGER IF EXISTS shredding_no_delete; ";

    private const int Shards = 3;
    private SqliteJournal? _journal;
    private Checkpointer<SqliteJournalImage>? _checkpointer;

    public JournalDirectory Directory { get; } = new();

    public CheckpointKey Key { get; private set; } = CheckpointKey.Create();

    /// <summary>As a target outside would have them.</summary>
    public List<SignedCheckpoint> Published { get; } = [];

    /// <summary>Shard 1 takes a and b in turn, shard 2 takes c.</summary>
    public EventSource[] Sources { get; } = [new(1, "a"), new(1, "b"), new(1, "c")];

    public SqliteJournal Journal => _journal!;

    public async Task OpenAsync()
    {
        _journal = await Directory.OpenAsync(Shards);
        _checkpointer = NewCheckpointer();
    }

    public async Task CloseAsync()
    {
        if (_journal is not null)
        {
            await _journal.DisposeAsync();
        }

        _journal = null;
    }

    public Checkpointer<SqliteJournalImage> NewCheckpointer() =>
        new(Journal.Checkpoints, _ => ValueTask.FromResult(SqliteJournalImage.Open(Directory.Database)), Key, TimeProvider.System);

    public void UseKey(CheckpointKey key)
    {
        Key = key;
        _checkpointer = NewCheckpointer();
    }

    /// <summary>Stores <paramref name="rounds"/> events of each entity.</summary>
    public async Task StoreAsync(int rounds)
    {
        foreach (var (shard, sources) in new[] { (1, Sources[..2]), (2, Sources[2..]) })
        {
            var grant = (await Journal.AcquireAsync([shard], CancellationToken.None)).Single();
            JournalEvent[] events = [.. Enumerable.Range(0, rounds).SelectMany(_ => sources.Select(source => source.Next(grant.Epoch)))];
            await Journal.AppendAsync([new ShardAppend(shard, grant.Epoch, grant.Head, events, [])], CancellationToken.None);
        }
    }

    /// <summary>Takes a checkpoint and publishes it.</summary>
    public async Task<Checkpoint?> SealAsync(long minimum = 1)
    {
        var checkpoint = await _checkpointer!.TakeAsync(minimum, CancellationToken.None);
        if (checkpoint is not null)
        {
            Published.Add((await Journal.Checkpoints.ReadAsync(checkpoint.Number, 1, CancellationToken.None)).Single().Seal);
        }

        return checkpoint;
    }

    public async Task<VerificationReport> VerifyAsync(bool withPublished = false, CheckpointKeys? keys = null)
    {
        using var own = CheckpointKeys.FromPem(Key.ToPublicPem());
        using var image = SqliteJournalImage.Open(Directory.Database);
        return await EvidenceVerifier.VerifyAsync(image, image, keys ?? own, withPublished ? Published : []);
    }

    /// <summary>Closes the journal, damages the file, and verifies it.</summary>
    public async Task<VerificationReport> VerifyAfterAsync(string sql, bool withPublished = false)
    {
        await CloseAsync();
        Directory.Tamper(Unlocked + sql);
        return await VerifyAsync(withPublished);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Key.Dispose();
        Directory.Dispose();
    }
}
