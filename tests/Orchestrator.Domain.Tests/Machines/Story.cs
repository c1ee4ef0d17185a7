using Orchestrator.Domain.Machines;
using Orchestrator.TestKit.Scenarios;
using static Orchestrator.Domain.Machines.ProtectedMachine;

namespace Orchestrator.Domain.Tests.Machines;

/// <summary>Given what happened, when something is asked, then this follows. Ids and times are counted, never
/// random.</summary>
internal sealed class Story
{
    private static readonly DateTimeOffset Start = new(2031, 5, 6, 7, 0, 0, TimeSpan.Zero);
    private int _ids;
    private int _seconds;
    private readonly AggregateScenario<State, Command, Event> _scenario = AggregateScenario.OfMachine();

    public State State => _scenario.State;

    public IReadOnlyList<Event> History => _scenario.History;

    public Decision Last => _scenario.Decision;

    public DateTimeOffset Now => Start.AddSeconds(_seconds);

    public long Activation => ProtectionOf(State)?.Activation ?? 0;

    public static DiskList Disks { get; } =
        [new DiskSpec(0, "/disks/db-0.img", 1 << 30), new DiskSpec(1, "/disks/db-1.img", 1 << 20)];

    public OperationId NewOperation() => new(NewGuid());

    public RecoveryPoint NewPoint(RecoveryPointKind kind = RecoveryPointKind.CrashConsistent)
    {
        _ids++;
        return new RecoveryPoint(
            new RecoveryPointId(NewGuid()), _ids, _ids * 100, kind, Now.AddSeconds(-2), Now, TimeSpan.FromSeconds(2));
    }

    public Command.Enable EnableCommand(ScenarioId scenario = ScenarioId.S0) => new(
        NewOperation(), new MachineId("db-1"), scenario, new SiteName("berlin"), new SiteName("munich"), Disks,
        TimeSpan.FromMinutes(5), "ann", Now);

    /// <summary>Asks, and goes on if it is accepted.</summary>
    public Story When(Command command)
    {
        _seconds++;
        _scenario.When(command);
        return this;
    }

    public Story When(Func<Story, Command> command) => When(command(this));

    /// <summary>Asks for something that must be accepted.</summary>
    public Story Given(Func<Story, Command> command)
    {
        When(command);
        Last.Should().BeOfType<Decision.Accepted>($"{State} should accept it");
        return this;
    }

    public Story Then(params Type[] facts)
    {
        _scenario.ThenTypes(facts);
        return this;
    }

    public Story ThenNothing()
    {
        _scenario.ThenNothing();
        return this;
    }

    public Story ThenRefused(string code)
    {
        _scenario.ThenRefused(code);
        return this;
    }

    public T StateIs<T>()
        where T : State => State.Should().BeOfType<T>().Subject;

    public Story Enabling(ScenarioId scenario = ScenarioId.S0) => Given(s => s.EnableCommand(scenario));

    public Story Copying(ScenarioId scenario = ScenarioId.S0) => Enabling(scenario).StepsDone();

    /// <summary>Protected with two recovery points.</summary>
    public Story Protected(ScenarioId scenario = ScenarioId.S0) => Copying(scenario).CopyDone();

    public Story CopyDone() => Given(s => new Command.CompleteInitialReplication(s.Activation, s.Now)).Point().Point();

    public Story Point(RecoveryPointKind kind = RecoveryPointKind.CrashConsistent) =>
        Given(s => new Command.RecordPoint(s.Activation, s.NewPoint(kind), s.Now));

    public Story FailOver(FailoverKind kind, RecoveryPointId? point = null) =>
        Given(s => new Command.FailOver(s.NewOperation(), kind, point, "ann", s.Now));

    public Story FailedOver(FailoverKind kind, RecoveryPointId? point = null) => FailOver(kind, point).StepsDone();

    public Story Committed(FailoverKind kind) => FailedOver(kind).Commit().StepsDone();

    public Story Commit() => Given(s => new Command.Commit(s.NewOperation(), "ann", s.Now));

    public Story Cancel() => Given(s => new Command.Cancel(s.NewOperation(), "ann", s.Now));

    public Story Reverse() => Given(s => new Command.ReverseReplicate(s.NewOperation(), "ann", s.Now));

    public Story Test() => Given(s => new Command.StartTestFailover(s.NewOperation(), null, "ann", s.Now));

    public Story Cleanup() => Given(s => new Command.CleanUpTest(s.NewOperation(), "went well", "ann", s.Now));

    public Story Disable() => Given(s => new Command.Disable(s.NewOperation(), "ann", s.Now));

    public Story Resume() => Given(s => new Command.Resume(s.NewOperation(), "ann", s.Now));

    public Story ReplicationFails(bool isTransient) => Given(s => new Command.ReportReplicationFailure(
        s.Activation, isTransient ? "ORC3001" : "ORC3003", "It did not work.", isTransient, s.Now));

    public Story StepBegun() => Given(s => new Command.BeginStep(s.Due.Operation, s.Due.Step, s.Now));

    /// <summary>Carries the step that is due out; draining a machine yields its final point.</summary>
    public Story StepDone()
    {
        if (!Due.Started) StepBegun();
        if (Due.Step == Step.DrainChanges) Point(RecoveryPointKind.Final);
        return Given(s => new Command.CompleteStep(s.Due.Operation, s.Due.Step, "done", s.Now));
    }

    public Story StepFails(bool isTransient)
    {
        if (!Due.Started) StepBegun();
        return Given(
            s => new Command.FailStep(s.Due.Operation, s.Due.Step, "ORC9999", "It did not work.", isTransient, s.Now));
    }

    public Story StepsDone(int limit = int.MaxValue)
    {
        for (var done = 0; done < limit && NextStep(State) is not null; done++)
        {
            if (done > 20) throw new InvalidOperationException($"The steps do not end: {State}");
            StepDone();
        }

        return this;
    }

    public Story LastStepBegun()
    {
        while (WorkflowOf(State) is { } workflow && workflow.Next < workflow.Steps.Count - 1) StepDone();
        return StepBegun();
    }

    public PendingStep Due => NextStep(State) ?? throw new InvalidOperationException($"No step is due in {State}.");

    private Guid NewGuid() => new(++_ids, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
}
