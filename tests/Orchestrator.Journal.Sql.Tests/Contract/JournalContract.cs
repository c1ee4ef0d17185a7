using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

/// <summary>What every journal must do; an implementation inherits this and says how one is opened.</summary>
public abstract partial class JournalContract : IAsyncLifetime
{
    protected const int Shards = 4;
    private static readonly int[] AllShards = [.. Enumerable.Range(0, Shards)];
    private IJournal? _journal;

    protected static CancellationToken None => CancellationToken.None;

    protected IJournal Journal => _journal!;

    /// <summary>Opens the store of this test: makes it the first time, opens the same one later.</summary>
    protected abstract ValueTask<IJournal> OpenAsync(int shardCount);

    public async ValueTask InitializeAsync() => _journal = await OpenAsync(Shards);

    public virtual async ValueTask DisposeAsync()
    {
        await Journal.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task ReopenAsync()
    {
        await Journal.DisposeAsync();
        _journal = await OpenAsync(Shards);
    }

    protected async Task<ShardGrant> AcquireAsync(int shard = 0) => (await Journal.AcquireAsync([shard], None)).Single();

    /// <summary>Appends to one shard behind the grant, and returns the grant with the new head.</summary>
    protected async Task<ShardGrant> StoreAsync(ShardGrant grant, params JournalEvent[] events)
    {
        (await AppendAsync(grant, events)).Should().Be(AppendOutcome.Stored);
        return grant with { Head = grant.Head + events.Length };
    }

    protected async Task<AppendOutcome> AppendAsync(ShardGrant grant, JournalEvent[] events, params ReminderChange[] reminders) =>
        (await Journal.AppendAsync([Append(grant, events, reminders)], None)).Should().ContainSingle().Which;

    protected static ShardAppend Append(ShardGrant grant, JournalEvent[] events, params ReminderChange[] reminders) =>
        new(grant.ShardId, grant.Epoch, grant.Head, events, reminders);

    protected async Task<IReadOnlyList<JournalEvent>> ReadAsync(int shard = 0) =>
        await Journal.ReadShardAsync(shard, 0, int.MaxValue, None);

    protected static void ShouldBe(IEnumerable<JournalEvent> actual, IEnumerable<JournalEvent> expected) =>
        actual.Select(Describe).Should().Equal(expected.Select(Describe));

    private static string Describe(JournalEvent e) =>
        $"{e.Id} {e.SequenceNr} {e.Epoch} {e.TypeId}.{e.TypeVersion} {e.At.UtcTicks} {Convert.ToHexString(e.Meta)} "
        + $"{(e.Payload is null ? "-" : Convert.ToHexString(e.Payload))} {Convert.ToHexString(e.PayloadHash)} {Convert.ToHexString(e.Hash)}";
}
