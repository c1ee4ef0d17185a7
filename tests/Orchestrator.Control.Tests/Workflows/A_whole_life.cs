using Orchestrator.Control.Codecs;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain.Machines;
using Orchestrator.Fabric;
using Orchestrator.TestKit;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Workflows;

/// <summary>Every operation of scenario S0, with and without a crash at every place where one can happen.</summary>
public sealed class A_whole_life
{
    /// <summary>Calls that carry an operation: a repeat must be recognizable as one.</summary>
    private static readonly string[] Keyed = ["Start", "Stop", "OpenTest", "CloseTest", "Activate", "Deactivate", "Commit"];

    public static TheoryData<string> Lives => new("there and back", "there and cancelled");

    [Theory]
    [MemberData(nameof(Lives))]
    public async Task Goes_through_without_doing_anything_twice(string life)
    {
        var rig = await Life.RunAsync(StepsOf(life));

        rig.World.Violations.Should().BeEmpty();
        rig.State.Should().BeOfType<State.Unprotected>();
        Starts(rig).Should().OnlyHaveUniqueItems("each operation starts the machine once");
        rig.World.Calls.Count(call => call.Name == "Drain").Should().Be(
            rig.World.Calls.Count(call => call.Name == "DigestReplica"), "a step whose end is on its way is not run again");
        rig.World.Hamburg.Replica.Should().BeNull();
    }

    [Fact]
    public async Task The_lives_take_every_step_of_every_workflow()
    {
        var codec = new MachineEventCodec();
        List<Step> taken = [];
        foreach (var life in new[] { Life.ThereAndBack, Life.ThereAndCancelled })
        {
            var rig = await Life.RunAsync(life);
            taken.AddRange(rig.Events.Select(e => codec.Decode(e.TypeId, e.TypeVersion, e.Payload))
                .OfType<ProtectedMachine.Event.StepCompleted>().Select(e => e.Step));
        }

        taken.Distinct().Should().BeEquivalentTo(Enum.GetValues<Step>());
    }

    [Fact]
    public async Task A_machine_that_came_back_runs_at_its_first_site_under_the_highest_activation()
    {
        var rig = await Life.RunAsync(Life.ThereAndBack[..^1]);

        var protection = ProtectedMachine.ProtectionOf(rig.State)!;
        protection.ActiveSite.Value.Should().Be("berlin");
        protection.Activation.Should().Be(3);
        rig.World.Berlin.Running(InstanceKind.Production)!.Activation.Should().Be(3);
        rig.World.Hamburg.Running(InstanceKind.Production).Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Lives))]
    public Task Survives_a_crash_before_every_effect(string life) => AtEveryCallAsync(life, Trouble.HangsBefore);

    [Theory]
    [MemberData(nameof(Lives))]
    public Task Survives_a_crash_after_every_effect(string life) => AtEveryCallAsync(life, Trouble.HangsAfter);

    [Theory]
    [MemberData(nameof(Lives))]
    public Task Survives_one_transient_failure_of_every_effect(string life) => AtEveryCallAsync(life, Trouble.Transient);

    [Theory]
    [MemberData(nameof(Lives))]
    public Task Survives_a_lost_answer_after_every_effect(string life) => AtEveryCallAsync(life, Trouble.AnswerLost);

    [Theory]
    [InlineData("there and back", JournalFault.CrashBeforeCommit)]
    [InlineData("there and back", JournalFault.CrashAfterCommit)]
    [InlineData("there and cancelled", JournalFault.CrashBeforeCommit)]
    [InlineData("there and cancelled", JournalFault.CrashAfterCommit)]
    public async Task Survives_a_crash_at_every_append(string life, JournalFault fault)
    {
        var appends = (await Life.RunAsync(StepsOf(life))).Trap.Appends;
        for (var at = 1; at <= appends; at++)
        {
            var killAt = at;
            await CheckAsync(life, $"killed at append {at} ({fault})", rig => (rig.Trap.KillAt, rig.Trap.Fault) = (killAt, fault));
        }
    }

    private static async Task AtEveryCallAsync(string life, Trouble trouble)
    {
        var calls = (await Life.RunAsync(StepsOf(life))).World.Calls;
        foreach (var call in calls)
        {
            await CheckAsync(life, $"{trouble} at {call}", rig =>
                rig.World.Plan = now => now.Number == call.Number ? trouble : null);
        }
    }

    private static async Task CheckAsync(string life, string because, Action<Rig> prepare)
    {
        try
        {
            var rig = await Life.RunAsync(StepsOf(life), prepare);
            rig.World.Violations.Should().BeEmpty(because);
            rig.State.Should().BeOfType<State.Unprotected>(because);
            foreach (var repeated in rig.World.Calls.Where(c => Keyed.Contains(c.Name)).GroupBy(c => (c.Site, c.Name, c.Operation, Kind(c))))
            {
                repeated.Select(call => call.Arguments).Distinct().Should().ContainSingle(
                    $"{because}: {repeated.Key} is repeated with the same arguments");
            }
        }
        catch (Exception error) when (error is TimeoutException or ControlException or InvalidOperationException)
        {
            throw new InvalidOperationException($"{because}: {error.Message}", error);
        }
    }

    private static string Kind(SiteCall call) => call.Name == "Start" ? call.Arguments.Split(' ')[0] : call.Name;

    private static IEnumerable<(string, Guid)> Starts(Rig rig) =>
        rig.World.Calls.Where(call => call.Name == "Start").Select(call => (call.Site, call.Operation));

    private static LifeStep[] StepsOf(string life) => life == "there and back" ? Life.ThereAndBack : Life.ThereAndCancelled;
}
