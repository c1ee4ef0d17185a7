using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.TestKit;

/// <summary>Leases and shard owners in memory, beside an <see cref="InMemoryJournal"/>; one handle per node, so that one can be cut off.</summary>
/// <param name="journal">A handle on the journal whose shards are owned.</param>
/// <param name="clock">The clock of the store, which alone judges leases.</param>
public sealed class InMemoryClusterStore(InMemoryJournal journal, TimeProvider clock) : IClusterStore
{
    private readonly InMemoryStore _store = journal.Store;
    private readonly InMemoryMembership _members = journal.Store.Membership;

    /// <summary>Makes every call fail, as if the network to the store were cut.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>Makes calls take effect and their answers get lost.</summary>
    public bool LosesAnswers { get; set; }

    private DateTimeOffset Now => clock.GetUtcNow();

    /// <inheritdoc />
    public ValueTask<MemberRecord?> JoinAsync(NodeRecord node, LeaseTerms lease, CancellationToken cancellation) => CallAsync(() =>
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(lease);
        var holder = _members.Live.Values.FirstOrDefault(member => member.Node.Name == node.Name);
        if (holder is not null && holder.LeaseUntil > Now)
            return holder;

        if (holder is not null)
            _members.Live.Remove(holder.Node.Id);

        _members.Live.Add(node.Id, new MemberRecord(node, Now, Now + lease.Term));
        return null;
    });

    /// <inheritdoc />
    public ValueTask<bool> RenewAsync(Guid node, LeaseTerms lease, CancellationToken cancellation) => CallAsync(() =>
    {
        ArgumentNullException.ThrowIfNull(lease);
        if (!_members.Live.TryGetValue(node, out var member))
            return false;

        var since = member.LeaseUntil < Now ? Now : member.LeaseSince;
        _members.Live[node] = member with { LeaseSince = since, LeaseUntil = Now + lease.Term };
        return true;
    });

    /// <inheritdoc />
    public ValueTask<ClusterView> ReadAsync(CancellationToken cancellation) => CallAsync(() => new ClusterView(
        Now, [.. _members.Live.Values.OrderBy(member => member.Node.Id)],
        [.. _members.Shards.Select(shard => shard with { Epoch = _store.Epochs[shard.ShardId] })]));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Guid>> DeclareDeadAsync(Guid witness, LeaseTerms lease, CancellationToken cancellation) =>
        CallAsync<IReadOnlyList<Guid>>(() =>
        {
            ArgumentNullException.ThrowIfNull(lease);
            if (!_members.Live.TryGetValue(witness, out var me) || me.LeaseUntil <= Now || me.LeaseSince >= Now - (lease.Term + lease.Grace))
                return [];

            var dead = _members.Live.Values.Where(member => member.LeaseUntil < Now - lease.Grace).Select(member => member.Node.Id).Order().ToList();
            dead.ForEach(node => _members.Live.Remove(node));
            return dead;
        });

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ShardGrant>> ClaimAsync(Guid node, IReadOnlyList<int> shards, CancellationToken cancellation) =>
        CallAsync<IReadOnlyList<ShardGrant>>(() =>
        {
            ArgumentNullException.ThrowIfNull(shards);
            if (!_members.Live.TryGetValue(node, out var me) || me.LeaseUntil <= Now)
                return [];

            var taken = shards.Where(shard => IsClaimable(_members.Shards[shard], node)).ToList();
            foreach (var shard in taken)
                Own(shard, node);

            return [.. taken.Select(_store.Grant)];
        });

    /// <inheritdoc />
    public ValueTask<bool> BeginHandOffAsync(Guid node, int shardId, long epoch, Guid to, CancellationToken cancellation) => CallAsync(() =>
    {
        if (!Owns(node, shardId, epoch))
            return false;

        _members.Shards[shardId] = _members.Shards[shardId] with { State = ShardState.Draining, HandOffTo = to };
        return true;
    });

    /// <inheritdoc />
    public ValueTask<bool> ReleaseAsync(Guid node, int shardId, long epoch, CancellationToken cancellation) => CallAsync(() =>
    {
        if (!Owns(node, shardId, epoch))
            return false;

        Free(shardId);
        return true;
    });

    /// <inheritdoc />
    public async ValueTask LeaveAsync(Guid node, CancellationToken cancellation) => await CallAsync(() =>
    {
        _members.Live.Remove(node);
        foreach (var shard in _members.Shards.Where(shard => shard.Owner == node).ToList())
            Free(shard.ShardId);

        return true;
    });

    private bool IsClaimable(ShardRecord shard, Guid node) => shard.State != ShardState.Quarantined
        && (shard.Owner is { } owner
            ? !_members.Live.ContainsKey(owner)
            : shard.HandOffTo is null || shard.HandOffTo == node || shard.ReleasedAt < Now - LeaseTerms.Reservation);

    private bool Owns(Guid node, int shardId, long epoch) => _members.Shards[shardId].Owner == node && _store.Epochs[shardId] == epoch;

    private void Own(int shardId, Guid node)
    {
        _store.Epochs[shardId]++;
        _members.Shards[shardId] = new ShardRecord(shardId, ShardState.Owned, node, 0, null, null);
    }

    private void Free(int shardId)
    {
        _store.Epochs[shardId]++;
        _members.Shards[shardId] = _members.Shards[shardId] with { State = ShardState.Free, Owner = null, ReleasedAt = Now };
    }

    /// <summary>Never answers within the call: a real store does not either.</summary>
    private async ValueTask<T> CallAsync<T>(Func<T> call)
    {
        await Task.Yield();
        if (IsCutOff)
            throw Lost();

        var answer = call();
        return LosesAnswers ? throw Lost() : answer;
    }

    private static JournalException Lost() =>
        new("ORC4013", "The connection to the journal was lost.", isTransient: true, outcomeUnknown: true);
}
