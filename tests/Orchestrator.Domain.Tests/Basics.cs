using Orchestrator.Domain.Machines;

namespace Orchestrator.Domain.Tests;

public sealed class RetrySchedule_after_failures
{
    [Fact]
    public void Waits_longer_each_time_and_half_an_hour_from_the_sixth_on() =>
        Enumerable.Range(1, 8).Select(attempt => RetrySchedule.DelayAfter(attempt).TotalMinutes)
            .Should().Equal(1, 2, 4, 8, 10, 30, 30, 30);

    [Fact]
    public void Has_no_attempt_zero() =>
        FluentActions.Invoking(() => RetrySchedule.DelayAfter(0)).Should().Throw<ArgumentOutOfRangeException>();
}

public sealed class Scenario_table
{
    [Fact]
    public void Is_the_approved_one() =>
        Approval.Verify("Scenarios", string.Concat(Scenario.All.Select(row => $"{row}\n")));

    [Fact]
    public void Has_a_row_for_every_id_in_order() =>
        Scenario.All.Select(row => row.Id).Should().Equal(Enum.GetValues<ScenarioId>());

    [Fact]
    public void Knows_no_other_scenario() =>
        FluentActions.Invoking(() => Scenario.Of((ScenarioId)8)).Should().Throw<ArgumentOutOfRangeException>();
}

public sealed class Names_from_outside
{
    [Theory]
    [InlineData("db-1")]
    [InlineData("0")]
    public void Are_taken_when_valid(string name)
    {
        MachineId.TryCreate(name, out var machine).Should().BeTrue();
        machine!.Value.Should().Be(name);
        SiteName.TryCreate(name, out var site).Should().BeTrue();
        site.Should().Be(new SiteName(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("DB")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Are_refused_when_not(string? name)
    {
        MachineId.TryCreate(name, out _).Should().BeFalse();
        SiteName.TryCreate(name, out _).Should().BeFalse();
        FluentActions.Invoking(() => new MachineId(name!)).Should().Throw<ArgumentException>();
    }
}

public sealed class Value_lists
{
    [Fact]
    public void Are_equal_when_their_items_are_in_order()
    {
        StepList one = [Step.AttachSource, Step.PrepareReplica], same = [Step.AttachSource, Step.PrepareReplica];
        StepList other = [Step.PrepareReplica, Step.AttachSource];

        one.Should().Equal(same);
        one.Equals(same).Should().BeTrue();
        one.GetHashCode().Should().Be(same.GetHashCode());
        one.Equals(other).Should().BeFalse();
        one.Equals((object?)null).Should().BeFalse();
    }

    [Fact]
    public void Make_the_records_that_hold_them_equal() =>
        new Decision.Accepted([]).Should().Be(Decision.Nothing);
}

public sealed class Stored_numbers
{
    /// <summary>Journals hold these numbers: a new one is added at the end, none ever changes.</summary>
    [Fact]
    public void Are_the_approved_ones()
    {
        Type[] enums =
        [
            typeof(Step), typeof(WorkflowKind), typeof(FailoverKind), typeof(RecoveryPointKind), typeof(Direction),
            typeof(MachineOperation), typeof(ScenarioId),
        ];
        Approval.Verify("StoredNumbers", string.Concat(enums.Select(type => $"{type.Name}: {Numbers(type)}\n")));

        static string Numbers(Type type) => string.Join(
            ", ", Enum.GetValues(type).Cast<object>().Select(value => $"{value}={Convert.ToInt32(value, null)}"));
    }
}
