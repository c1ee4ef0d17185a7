using Orchestrator.Contracts;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain.Machines;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Workflows;

public sealed class A_step_that_fails
{
    /// <summary>The calls of the steps that must succeed, with the operation they belong to.</summary>
    public static TheoryData<string, string, string> Calls => new()
    {
        { "protect", "berlin", "AttachSource" }, { "protect", "berlin", "Start" }, { "protect", "hamburg", "PrepareReplica" },
        { "test", "hamburg", "OpenTest" }, { "test", "hamburg", "Start" },
        { "clean up", "hamburg", "Stop" }, { "clean up", "hamburg", "CloseTest" },
        { "planned", "berlin", "Stop" }, { "planned", "berlin", "Quiesce" }, { "planned", "berlin", "Drain" },
        { "planned", "hamburg", "DigestReplica" }, { "planned", "berlin", "Fence" }, { "planned", "hamburg", "Activate" },
        { "planned", "hamburg", "Start" },
        { "change point", "hamburg", "Stop" }, { "change point", "hamburg", "Deactivate" }, { "change point", "hamburg", "Activate" },
        { "cancel", "hamburg", "Stop" }, { "cancel", "hamburg", "Deactivate" }, { "cancel", "berlin", "ResumeSource" },
        { "commit", "hamburg", "Commit" },
        { "reverse", "berlin", "ReleaseSource" }, { "reverse", "berlin", "PrepareReplica" }, { "reverse", "hamburg", "AttachSource" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Is_tried_again_after_one_minute(string life, string site, string call)
    {
        var (rig, step) = await BeforeAsync(life);
        FailOnce(rig, site, call, Trouble.Transient);
        await rig.AskAsync(step.Kind, step.Point?.Invoke(rig));
        await rig.UntilAsync(s => ProtectedMachine.WorkflowOf(s)?.Failure is not null, "the failure");
        var (failedAt, calls) = (FailureOf(rig).At, CallsOf(rig, site, call));

        await rig.Loop.AdvanceAsync(failedAt.AddSeconds(59) - rig.Time.GetUtcNow());
        CallsOf(rig, site, call).Should().Be(calls, "it is too early");
        await rig.Loop.AdvanceAsync(TimeSpan.FromSeconds(2));
        CallsOf(rig, site, call).Should().Be(calls + 1, "the reminder is due");
        await rig.UntilAsync(step.IsDone, step.Name, minutes: 2);
        rig.World.Violations.Should().BeEmpty();
    }

    [Fact]
    public async Task In_an_unforeseen_way_waits_for_the_operator()
    {
        var rig = await Rig.StartedAsync();
        rig.World.Plan = call => call.Name == "PrepareReplica" ? throw new ArgumentException("a bug") : null;
        await rig.AskAsync(Life.Protecting);
        await rig.UntilAsync(s => ProtectedMachine.WorkflowOf(s) is { WaitsForOperator: true }, "the failure");

        rig.World.Plan = _ => null;
        await rig.AskAsync(OperationKinds.Resume);
        await rig.UntilAsync(Life.IsHealthy, "the protection");
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Is_tried_again_by_the_next_process(string life, string site, string call)
    {
        var (rig, step) = await BeforeAsync(life);
        FailOnce(rig, site, call, Trouble.Transient);
        await rig.AskAsync(step.Kind, step.Point?.Invoke(rig));
        await rig.UntilAsync(s => ProtectedMachine.WorkflowOf(s)?.Failure is not null, "the failure");
        var (failedAt, calls) = (FailureOf(rig).At, CallsOf(rig, site, call));

        await rig.CrashAsync(TimeSpan.FromSeconds(10));
        await rig.Loop.AdvanceAsync(failedAt.AddSeconds(59) - rig.Time.GetUtcNow());
        CallsOf(rig, site, call).Should().Be(calls, "it is too early");
        await rig.Loop.AdvanceAsync(TimeSpan.FromSeconds(2));
        CallsOf(rig, site, call).Should().Be(calls + 1, "the reminder outlived the process");
        await rig.UntilAsync(step.IsDone, step.Name, minutes: 2);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Waits_for_the_operator_when_trying_again_cannot_help(string life, string site, string call)
    {
        var (rig, step) = await BeforeAsync(life);
        FailOnce(rig, site, call, Trouble.Permanent);
        await rig.AskAsync(step.Kind, step.Point?.Invoke(rig));
        await rig.UntilAsync(s => ProtectedMachine.WorkflowOf(s) is { WaitsForOperator: true }, "the failure");
        var calls = CallsOf(rig, site, call);

        await rig.Loop.AdvanceAsync(TimeSpan.FromHours(1));
        await rig.CrashAsync();
        await rig.Loop.AdvanceAsync(TimeSpan.FromHours(1));
        CallsOf(rig, site, call).Should().Be(calls, "nobody asked");
        await rig.AskAsync(OperationKinds.Resume);
        await rig.UntilAsync(step.IsDone, step.Name, minutes: 2);
        CallsOf(rig, site, call).Should().BeGreaterThan(calls);
    }

    [Theory]
    [InlineData("planned", "berlin", "Quiesce")]
    [InlineData("planned", "berlin", "Drain")]
    [InlineData("planned", "hamburg", "DigestReplica")]
    [InlineData("planned", "berlin", "Fence")]
    [InlineData("planned", "hamburg", "Activate")]
    [InlineData("planned", "hamburg", "Start")]
    [InlineData("change point", "hamburg", "Deactivate")]
    [InlineData("change point", "hamburg", "Activate")]
    public async Task Can_be_cancelled_and_the_machine_runs_at_the_source_again(string life, string site, string call)
    {
        var (rig, step) = await BeforeAsync(life);
        FailOnce(rig, site, call, Trouble.Permanent);
        await rig.AskAsync(step.Kind, step.Point?.Invoke(rig));
        await rig.UntilAsync(s => ProtectedMachine.WorkflowOf(s) is { WaitsForOperator: true }, "the failure");

        await rig.DoAsync(Life.Cancel);

        rig.World.Violations.Should().BeEmpty();
        rig.World.Berlin.Running(Orchestrator.Fabric.InstanceKind.Production).Should().NotBeNull();
        rig.World.Hamburg.Running(Orchestrator.Fabric.InstanceKind.Production).Should().BeNull();
        rig.World.Hamburg.Replica!.State.Should().Be("Receiving");
    }

    [Fact]
    public async Task Different_digests_stop_a_planned_failover_for_good()
    {
        var (rig, step) = await BeforeAsync("planned");
        rig.World.Berlin.Digest = "other";
        await rig.AskAsync(step.Kind);
        await rig.UntilAsync(s => ProtectedMachine.WorkflowOf(s) is { WaitsForOperator: true }, "the failure");

        FailureOf(rig).Code.Should().Be(ControlCodes.DigestsDiffer);
        rig.World.Hamburg.Replica!.State.Should().Be("Receiving");
    }

    [Fact]
    public async Task A_source_that_is_gone_does_not_hold_an_unplanned_failover_up()
    {
        var rig = await Rig.ProtectedAsync();
        rig.World.Berlin.IsSilent = true;
        await rig.AskAsync(OperationKinds.UnplannedFailover);
        await rig.UntilAsync(Life.Unplanned.IsDone, "unplanned failover", minutes: 1);

        rig.State.Should().BeOfType<State.FailedOver>().Which.Failover.SourceFenced.Should().BeFalse();
    }

    internal static Event.StepFailed FailureOf(Rig rig) => EventsOf(rig).OfType<Event.StepFailed>().Last();

    private static IEnumerable<Event> EventsOf(Rig rig)
    {
        var codec = new MachineEventCodec();
        return rig.Events.Select(e => codec.Decode(e.TypeId, e.TypeVersion, e.Payload));
    }

    private static int CallsOf(Rig rig, string site, string call) => rig.World.Calls.Count(c => c.Site == site && c.Name == call);

    private static void FailOnce(Rig rig, string site, string call, Trouble trouble)
    {
        var done = false;
        rig.World.Plan = now => !done && now.Site == site && now.Name == call && (done = true) ? trouble : null;
    }

    private static async Task<(Rig Rig, LifeStep Step)> BeforeAsync(string life)
    {
        var (before, step) = Of(life);
        return (await Life.RunAsync(before), step);
    }

    private static (LifeStep[] Before, LifeStep Step) Of(string life) => life switch
    {
        "protect" => ([], Life.Protect),
        "test" => ([Life.Protect], Life.Test),
        "clean up" => ([Life.Protect, Life.Test], Life.CleanUp),
        "planned" => ([Life.Protect], Life.Planned),
        "change point" => ([Life.Protect, Life.Unplanned], Life.ChangePoint),
        "cancel" => ([Life.Protect, Life.Planned], Life.Cancel),
        "commit" => ([Life.Protect, Life.Planned], Life.Commit),
        "reverse" => ([Life.Protect, Life.Planned, Life.Commit], Life.Reverse),
        _ => throw new ArgumentOutOfRangeException(nameof(life)),
    };
}
