using Orchestrator.Control.Machines;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Control.Tests.Machines;

public sealed class ShardRights_of_a_node
{
    private readonly Dictionary<int, long> _served = new() { [1] = 5, [2] = 5 };
    private readonly ShardRights _rights;

    public ShardRights_of_a_node() => _rights = new ShardRights(shard => _served.TryGetValue(shard, out var epoch) ? epoch : null, default);

    [Theory]
    [InlineData(1, 4)]
    [InlineData(1, 6)]
    [InlineData(3, 5)]
    public void Do_not_exist_for_a_shard_or_an_epoch_that_is_not_served(int shard, long epoch)
    {
        _rights.Holds(new ControlTerm(shard, epoch)).Should().BeFalse();
        _rights.Of(new ControlTerm(shard, epoch)).IsCancellationRequested.Should().BeTrue();
    }

    [Fact]
    public void End_with_their_shard_and_leave_the_others_alone()
    {
        var (leaving, staying) = (_rights.Of(new ControlTerm(1, 5)), _rights.Of(new ControlTerm(2, 5)));
        _served.Remove(1);

        _rights.End(1);

        leaving.IsCancellationRequested.Should().BeTrue();
        staying.IsCancellationRequested.Should().BeFalse();
        _rights.Of(new ControlTerm(1, 5)).IsCancellationRequested.Should().BeTrue();
    }

    [Fact]
    public void All_end_at_once_and_are_given_anew_while_the_shards_are_served()
    {
        ControlTerm[] terms = [new(1, 5), new(2, 5)];
        var before = terms.Select(_rights.Of).ToList();

        _rights.EndAll();

        before.Should().OnlyContain(right => right.IsCancellationRequested);
        terms.Select(_rights.Of).Should().OnlyContain(right => !right.IsCancellationRequested);
    }

    [Fact]
    public void Of_an_earlier_grant_end_when_a_later_one_is_used()
    {
        var earlier = _rights.Of(new ControlTerm(1, 5));
        _served[1] = 7;

        var later = _rights.Of(new ControlTerm(1, 7));

        earlier.IsCancellationRequested.Should().BeTrue();
        later.IsCancellationRequested.Should().BeFalse();
        _rights.Of(new ControlTerm(1, 7)).Should().Be(later);
        _rights.Of(new ControlTerm(1, 5)).IsCancellationRequested.Should().BeTrue();
    }
}
