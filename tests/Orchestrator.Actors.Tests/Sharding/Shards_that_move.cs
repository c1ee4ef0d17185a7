using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors.Tests.Sharding;

public sealed class Shards_that_move
{
    [Fact]
    public async Task Answer_a_caller_on_the_other_node_as_if_it_were_here()
    {
        await using var nodes = new TwoNodes();
        await nodes.GrantAllAsync(nodes.A);

        (await nodes.Loop.RunAsync(() => nodes.B.Add("a", "one"))).Should().Be(1);
        nodes.B.Routed.Should().ContainSingle().Which.Deadline.Should().Be(nodes.Time.GetUtcNow() + LedgerNode.Patience);
        nodes.B.Log.Lines.Should().BeEmpty("the entity lives on the other node");
    }

    [Fact]
    public async Task Keep_every_command_sent_while_they_move()
    {
        await using var nodes = new TwoNodes();
        await nodes.GrantAllAsync(nodes.A);
        await nodes.Loop.RunAsync(() => nodes.A.Add("a", "first"));
        nodes.A.Journal.Hold();
        var inTurn = nodes.A.Add("a", "in turn");
        await nodes.Loop.IdleAsync();
        var waiting = nodes.A.Add("a", "waiting");

        (await nodes.MoveAsync(nodes.A, nodes.B, "a", nodes.A.Journal.Release)).Should().BeTrue();
        (await nodes.Loop.RunAsync(() => inTurn)).Should().Be(2, "the turn under way ends where it began");
        nodes.A.Routed.Should().ContainSingle("what waits goes after its entity");
        var refused = await FluentActions.Awaiting(() => nodes.Loop.RunAsync(() => waiting)).Should().ThrowAsync<AskException>();
        refused.Which.Reason.Should().Be(AskFailure.Unavailable, "the next owner had not come yet, and this router does not wait");
        (await nodes.Loop.RunAsync(() => nodes.A.Add("a", "waiting"))).Should().Be(3);
    }

    [Fact]
    public async Task End_the_right_to_write_of_a_turn_that_outlives_the_hard_stop()
    {
        await using var nodes = new TwoNodes();
        await nodes.GrantAllAsync(nodes.A);
        nodes.A.Journal.Hold();
        var stuck = nodes.A.Add("a", "stuck");
        await nodes.Loop.IdleAsync();

        (await nodes.MoveAsync(nodes.A, nodes.B, "a")).Should().BeFalse();
        nodes.A.System.Serves(ShardHash.ShardOf("a", TwoNodes.ShardCount)).Should().BeFalse();
        (await nodes.Loop.RunAsync(() => nodes.B.Add("a", "new owner"))).Should().Be(1);
        nodes.A.Journal.Release();

        await FluentActions.Awaiting(() => nodes.Loop.RunAsync(() => stuck)).Should().ThrowAsync<AskException>();
        nodes.B.Journal.EventsOf(LedgerNode.Id("a")).Should().ContainSingle("the late append was fenced");
    }

    [Fact]
    public async Task Take_their_reminders_along()
    {
        await using var nodes = new TwoNodes();
        await nodes.GrantAllAsync(nodes.A);
        var due = nodes.Time.GetUtcNow() + TimeSpan.FromSeconds(30);
        await nodes.Loop.RunAsync(() => nodes.A.Region.Ask<string>("a", new LedgerCommand.Remind("r", due, 1), LedgerNode.Patience));
        await nodes.MoveAsync(nodes.A, nodes.B, "a");

        await nodes.Loop.AdvanceAsync(TimeSpan.FromMinutes(1));

        nodes.B.Log.Lines.Should().Contain(line => line.StartsWith("fired r#1", StringComparison.Ordinal));
        nodes.A.Log.Lines.Should().NotContain(line => line.StartsWith("fired", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_at_once_when_the_lease_is_lost_and_come_back_under_a_newer_epoch()
    {
        await using var nodes = new TwoNodes();
        await nodes.GrantAllAsync(nodes.A);
        await nodes.Loop.RunAsync(() => nodes.A.Add("a", "one"));
        foreach (var shard in nodes.A.System.ServedShards)
            nodes.A.System.LoseShard(shard, ActorErrorCodes.LeaseLost);

        nodes.A.System.ServedShards.Should().BeEmpty();
        await FluentActions.Awaiting(() => nodes.Loop.RunAsync(() => nodes.A.Add("a", "two"))).Should().ThrowAsync<AskException>();

        await nodes.GrantAllAsync(nodes.A);
        (await nodes.Loop.RunAsync(() => nodes.A.Add("a", "two"))).Should().Be(2);
        nodes.A.Journal.EventsOf(LedgerNode.Id("a")).Select(stored => stored.Epoch).Should().Equal(1, 2);
    }

    [Fact]
    public void Refuse_a_grant_that_is_not_newer_than_the_one_held()
    {
        var nodes = new TwoNodes();
        nodes.A.System.AddShards([new ShardGrant(0, 5, 0)]);

        FluentActions.Invoking(() => nodes.A.System.AddShards([new ShardGrant(0, 5, 0)])).Should().Throw<ArgumentException>();
    }
}
