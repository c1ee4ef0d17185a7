using Orchestrator.Actors.Projections;

namespace Orchestrator.Actors.Tests.Projections;

public sealed class PoisonEventTests
{
    [Fact]
    public async Task Is_tried_a_few_times_then_set_aside_and_the_rest_goes_on()
    {
        var sums = new Sums(poison: "bad");
        await using var node = await ProjectionNode.StartAsync(projections: sums);
        foreach (var operation in new[] { "one", "bad", "three", "bad2" }) await node.AddAsync("a", operation);
        await node.AddAsync("b", "four");
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(5));

        (await node.SumAsync("a")).Should().Be("3");
        (await node.SumAsync("b")).Should().Be("1");
        var letter = (await node.Inner.ReadDeadLettersAsync("sums", default)).Should().ContainSingle().Which;
        letter.Should().BeEquivalentTo(new { ShardId = LedgerNode.ShardOf("a"), Position = 2L, Attempts = 3, Error = "FormatException: bad is poison" });
        node.Kit.Events.OfType<KernelEvent.EventSetAside>().Should().ContainSingle().Which.Position.Should().Be(2);
    }

    [Fact]
    public async Task That_is_cured_between_attempts_is_handled()
    {
        var sums = new Sums(poison: "bad");
        await using var node = await ProjectionNode.StartAsync(projections: sums);
        await node.AddAsync("a", "bad");
        await node.Kit.IdleAsync();
        sums.Poison = null;
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(1));

        (await node.SumAsync("a")).Should().Be("1");
        (await node.Inner.ReadDeadLettersAsync("sums", default)).Should().BeEmpty();
    }

    [Fact]
    public async Task Halts_its_shard_alone_where_that_is_the_policy()
    {
        await using var node = await ProjectionNode.StartAsync(projections: new Sums(onPoison: PoisonPolicy.Halt, poison: "bad"));
        LedgerNode.ShardOf("a").Should().NotBe(LedgerNode.ShardOf("b"));
        foreach (var operation in new[] { "one", "bad", "three" }) await node.AddAsync("a", operation);
        await node.AddAsync("b", "four");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));

        (await node.SumAsync("a")).Should().Be("1");
        (await node.SumAsync("b")).Should().Be("1");
        node.Kit.Events.OfType<KernelEvent.ProjectionHalted>().Should().ContainSingle().Which.Should().BeEquivalentTo(
            new { ShardId = LedgerNode.ShardOf("a"), Position = 2L });
        (await node.Inner.ReadDeadLettersAsync("sums", default)).Should().BeEmpty();

        node.Projections = [new Sums()];
        await node.Kit.CrashAsync();
        (await node.SumAsync("a")).Should().Be("3", "a build that understands the event goes on there");
    }

    [Fact]
    public async Task Does_not_hold_up_other_projections()
    {
        await using var node = await ProjectionNode.StartAsync(
            projections: [new Sums(onPoison: PoisonPolicy.Halt, poison: "bad"), new Sums(name: "others")]);
        await node.AddAsync("a", "bad");
        await node.AddAsync("a", "good");
        await node.Kit.IdleAsync();

        (await node.SumAsync("a", "others")).Should().Be("2");
    }
}
