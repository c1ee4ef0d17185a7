using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Cluster;

/// <summary>What every store of leases and shard owners promises.</summary>
public abstract class ClusterStoreContract : IAsyncLifetime
{
    private static readonly LeaseTerms Lease = new(TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(3));
    private int _ids;

    /// <summary>A journal of eight shards over the store under test.</summary>
    protected abstract IJournal Journal { get; }

    /// <summary>The store under test.</summary>
    protected abstract IClusterStore Store { get; }

    /// <summary>Lets the store's clock get on without waiting for it.</summary>
    protected abstract Task PassAsync(double seconds);

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task Shows_a_node_that_has_joined_as_it_described_itself()
    {
        var node = NewNode("n1", hostsEntities: false);

        (await Store.JoinAsync(node, Lease, CancellationToken.None)).Should().BeNull();

        var view = await ViewAsync();
        var member = view.Members.Should().ContainSingle().Subject;
        member.Node.Should().BeEquivalentTo(node, options => options.Excluding(n => n.CertificateSha256));
        member.Node.CertificateSha256.ToArray().Should().Equal(node.CertificateSha256.ToArray());
        (member.LeaseUntil - view.Now).Should().BeCloseTo(Lease.Term, TimeSpan.FromSeconds(2));
        view.Shards.Should().HaveCount(8).And.OnlyContain(shard => shard.Owner == null && shard.State == ShardState.Free);
        view.Shards.Select(shard => shard.ShardId).Should().BeInAscendingOrder();
    }

    [Fact]
    public async Task Refuses_a_second_node_of_a_name_until_the_lease_of_the_first_has_run_out()
    {
        var first = await JoinAsync("n1");
        var second = NewNode("n1");

        (await Store.JoinAsync(second, Lease, CancellationToken.None))!.Node.Id.Should().Be(first.Id);
        await PassAsync(12.1);
        (await Store.JoinAsync(second, Lease, CancellationToken.None)).Should().BeNull();

        (await ViewAsync()).Members.Should().ContainSingle().Which.Node.Id.Should().Be(second.Id);
        (await Store.RenewAsync(first.Id, Lease, CancellationToken.None)).Should().BeFalse("it has been replaced");
    }

    [Fact]
    public async Task Renews_from_now_and_begins_a_new_unbroken_lease_after_a_gap()
    {
        var node = await JoinAsync("n1");
        var joined = (await ViewAsync()).Members[0];
        await PassAsync(5);
        (await Store.RenewAsync(node.Id, Lease, CancellationToken.None)).Should().BeTrue();
        var view = await ViewAsync();
        (view.Members[0].LeaseUntil - view.Now).Should().BeCloseTo(Lease.Term, TimeSpan.FromSeconds(2));
        (view.Now - view.Members[0].LeaseSince).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5));

        await PassAsync(20);
        (await Store.RenewAsync(node.Id, Lease, CancellationToken.None)).Should().BeTrue("nobody has declared it dead");
        view = await ViewAsync();
        (view.Now - view.Members[0].LeaseSince).Should().BeLessThan(TimeSpan.FromSeconds(3));
        joined.Node.Id.Should().Be(node.Id);
    }

    [Fact]
    public async Task Declares_dead_only_after_the_grace_and_only_for_a_witness_whose_own_lease_is_old_and_unbroken()
    {
        var dead = await JoinAsync("dead");
        var witness = await JoinAsync("witness");
        await PassAsync(10);
        await Store.RenewAsync(witness.Id, Lease, CancellationToken.None);
        await PassAsync(4);
        (await DeclareAsync(witness)).Should().BeEmpty("the grace is not over");

        await Store.RenewAsync(witness.Id, Lease, CancellationToken.None);
        await PassAsync(2);
        var young = await JoinAsync("young");
        (await DeclareAsync(young)).Should().BeEmpty("its lease is too young to judge others");
        (await DeclareAsync(witness)).Should().Equal(dead.Id);

        (await Store.RenewAsync(dead.Id, Lease, CancellationToken.None)).Should().BeFalse();
        (await ViewAsync()).Find(dead.Id).Should().BeNull();
    }

    [Fact]
    public async Task Gives_everybody_time_to_renew_after_an_outage()
    {
        var first = await JoinAsync("n1");
        var second = await JoinAsync("n2");
        await PassAsync(100);
        await Store.RenewAsync(first.Id, Lease, CancellationToken.None);

        (await DeclareAsync(first)).Should().BeEmpty();
        (await Store.RenewAsync(second.Id, Lease, CancellationToken.None)).Should().BeTrue();
    }

    [Fact]
    public async Task Grants_a_free_shard_once_with_a_raised_epoch_and_its_head()
    {
        var first = await JoinAsync("n1");
        var second = await JoinAsync("n2");

        var grants = await ClaimAsync(first, 1, 2, 3);
        (await ClaimAsync(second, 2, 3, 4)).Select(grant => grant.ShardId).Should().Equal(4);

        grants.OrderBy(grant => grant.ShardId).Should().Equal(new ShardGrant(1, 1, 0), new ShardGrant(2, 1, 0), new ShardGrant(3, 1, 0));
        (await ViewAsync()).Shards[2].Owner.Should().Be(first.Id);
        (await Journal.ReadShardHeadAsync(2, CancellationToken.None)).Epoch.Should().Be(1);
    }

    [Fact]
    public async Task Grants_nothing_to_a_node_whose_lease_has_run_out()
    {
        var node = await JoinAsync("n1");
        await PassAsync(13);

        (await ClaimAsync(node, 1)).Should().BeEmpty();
    }

    [Fact]
    public async Task Gives_the_shards_of_a_dead_node_to_whoever_claims_them()
    {
        var dead = await JoinAsync("dead");
        var witness = await JoinAsync("witness");
        await ClaimAsync(dead, 1, 2);
        (await ClaimAsync(witness, 1, 2)).Should().BeEmpty("they are owned");
        for (var i = 0; i < 4; i++)
        {
            await PassAsync(5);
            await Store.RenewAsync(witness.Id, Lease, CancellationToken.None);
        }

        await DeclareAsync(witness);

        (await ClaimAsync(witness, 1, 2)).Should().HaveCount(2).And.OnlyContain(grant => grant.Epoch == 2);
    }

    [Fact]
    public async Task Keeps_a_released_shard_for_the_node_it_is_meant_for_for_a_while()
    {
        var first = await JoinAsync("n1");
        var second = await JoinAsync("n2");
        var third = await JoinAsync("n3");
        var epoch = (await ClaimAsync(first, 5))[0].Epoch;

        (await Store.BeginHandOffAsync(first.Id, 5, epoch + 1, second.Id, CancellationToken.None)).Should().BeFalse("that is not its epoch");
        (await Store.BeginHandOffAsync(second.Id, 5, epoch, second.Id, CancellationToken.None)).Should().BeFalse("it is not its shard");
        (await Store.BeginHandOffAsync(first.Id, 5, epoch, second.Id, CancellationToken.None)).Should().BeTrue();
        (await ViewAsync()).Shards[5].State.Should().Be(ShardState.Draining);
        (await Store.ReleaseAsync(first.Id, 5, epoch, CancellationToken.None)).Should().BeTrue();
        (await Store.ReleaseAsync(first.Id, 5, epoch, CancellationToken.None)).Should().BeFalse("it is not its shard any more");

        (await ClaimAsync(third, 5)).Should().BeEmpty();
        (await ClaimAsync(second, 5)).Should().ContainSingle().Which.Epoch.Should().Be(epoch + 2, "the release raised it, and the claim");
        (await ViewAsync()).Shards[5].HandOffTo.Should().BeNull();
    }

    [Fact]
    public async Task Leaves_a_released_shard_to_anyone_when_the_reservation_is_over()
    {
        var first = await JoinAsync("n1");
        var third = await JoinAsync("n3");
        var epoch = (await ClaimAsync(first, 5))[0].Epoch;
        await Store.BeginHandOffAsync(first.Id, 5, epoch, Guid.Empty, CancellationToken.None);
        await Store.ReleaseAsync(first.Id, 5, epoch, CancellationToken.None);
        (await ClaimAsync(third, 5)).Should().BeEmpty();

        await PassAsync(5.1);

        (await ClaimAsync(third, 5)).Should().ContainSingle();
    }

    [Fact]
    public async Task Frees_all_shards_of_a_node_that_leaves_and_fences_it()
    {
        var first = await JoinAsync("n1");
        var second = await JoinAsync("n2");
        var grant = (await ClaimAsync(first, 0, 1))[0];

        await Store.LeaveAsync(first.Id, CancellationToken.None);

        (await ViewAsync()).Members.Should().ContainSingle();
        (await Store.RenewAsync(first.Id, Lease, CancellationToken.None)).Should().BeFalse();
        var late = await Journal.AppendAsync([new ShardAppend(grant.ShardId, grant.Epoch, grant.Head, [], [])], CancellationToken.None);
        late.Should().Equal([AppendOutcome.Fenced], "the right to write ended with the release");
        (await ClaimAsync(second, 0, 1)).Should().HaveCount(2);
    }

    [Fact]
    public async Task Grants_each_shard_to_one_of_many_that_claim_at_once()
    {
        var nodes = new List<NodeRecord>();
        for (var i = 0; i < 6; i++)
        {
            nodes.Add(await JoinAsync($"n{i}"));
        }

        var claims = await Task.WhenAll(nodes.Select(node => ClaimAsync(node, 0, 1, 2, 3, 4, 5, 6, 7)));

        claims.SelectMany(grants => grants).Select(grant => grant.ShardId).Order().Should().Equal(0, 1, 2, 3, 4, 5, 6, 7);
    }

    private NodeRecord NewNode(string name, bool hostsEntities = true) => new(
        new Guid(++_ids, 0, 0, new byte[8]), name, new Uri($"https://{name}.example:9443"), "east", hostsEntities, "1.0", new byte[] { 1, 2, 3 });

    private async Task<NodeRecord> JoinAsync(string name)
    {
        var node = NewNode(name);
        (await Store.JoinAsync(node, Lease, CancellationToken.None)).Should().BeNull();
        return node;
    }

    private async Task<ClusterView> ViewAsync() => await Store.ReadAsync(CancellationToken.None);

    private async Task<IReadOnlyList<Guid>> DeclareAsync(NodeRecord witness) =>
        await Store.DeclareDeadAsync(witness.Id, Lease, CancellationToken.None);

    private async Task<IReadOnlyList<ShardGrant>> ClaimAsync(NodeRecord node, params int[] shards) =>
        await Store.ClaimAsync(node.Id, shards, CancellationToken.None);
}
