using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Projections;

/// <summary>Whatever a machine goes through, its open job is its workflow: random commands, decided by the real machine.</summary>
public sealed class JobsOfRealHistoriesTests
{
    private const int Commands = 120;

    [Fact]
    public void The_open_job_is_the_workflow_under_way() => Prop
        .ForAll(Gen.ArrayOf(Gen.Choose(0, 999), Commands).ToArbitrary(), choices => new Walk(choices).Run().Length > 0) // Its checks throw.
        .Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void Random_histories_reach_every_operation_and_every_end()
    {
        // Guards the property above: a walk that gets nowhere would prove nothing.
        var random = new Random(4711);
        var jobs = Enumerable.Range(0, 200)
            .SelectMany(_ => new Walk([.. Enumerable.Range(0, Commands).Select(_ => random.Next(1000))]).Run()).ToArray();

        jobs.Select(job => job.Kind).Distinct().Should().HaveCount(10);
        jobs.Select(job => job.State).Distinct().Should().Contain(["Succeeded", "Cancelled", "Suspended"]);
        jobs.Any(job => job.Kind == "commit" && job.Tasks.Count > 1).Should().BeTrue("a commit may reverse by itself");
        jobs.SelectMany(job => job.Tasks).Any(task => task.State == "Skipped").Should().BeTrue();
    }

    private sealed class Walk(int[] choices)
    {
        private readonly FoldedJobs _jobs = new("web-1");
        private State _state = ProtectedMachine.Initial;
        private long _sequence;
        private int _number;

        public Contracts.JobView[] Run()
        {
            foreach (var choice in choices)
            {
                _number++;
                if (ProtectedMachine.Decide(_state, Next(choice)) is not Decision.Accepted accepted) continue;
                foreach (var e in accepted.Events.Cast<Event>())
                {
                    _state = ProtectedMachine.Evolve(_state, e);
                    _jobs.Apply(++_sequence, e);
                }

                Check();
            }

            return [.. _jobs.Jobs];
        }

        private void Check()
        {
            _jobs.Jobs.Skip(1).Any(job => job.EndedAt is null).Should().BeFalse("only the newest job may be open");
            if (ProtectedMachine.WorkflowOf(_state) is not { } workflow)
            {
                _jobs.Current.Should().BeNull();
                return;
            }

            var job = _jobs.Current!;
            (job.Id, job.Caller, job.State).Should().Be(
                (workflow.Operation.Value, workflow.Caller, workflow.HasFailed ? "Suspended" : "InProgress"));
            var tasks = job.Tasks.TakeLast(workflow.Steps.Count).ToArray();
            tasks.Select(task => task.Name).Should().Equal(workflow.Steps.Select(step => step.ToString()));
            tasks.Take(workflow.Next).All(task => task.State is "Succeeded" or "Skipped").Should().BeTrue();
            tasks.Skip(workflow.Next + 1).All(task => task.State == "NotStarted").Should().BeTrue();
            tasks[workflow.Next].State.Should().Be(workflow.Started ? "InProgress" : workflow.HasFailed ? "Failed" : "NotStarted");
            if (workflow.HasFailed) tasks[workflow.Next].RetryAt.Should().Be(workflow.Failure!.RetryAt);
        }

        private Command Next(int choice)
        {
            var (operation, at) = (new OperationId(Id()), History.At(_number));
            if (_state is State.Unprotected) return Enable(operation, choice, at);
            if (choice < 700 && StepOf(choice, at) is { } step) return step;
            var point = ProtectedMachine.PointsOf(_state).Latest?.Id ?? default;
            var activation = ProtectedMachine.ProtectionOf(_state)?.Activation ?? 0;
            return (choice % 16) switch
            {
                0 => new Command.StartTestFailover(operation, null, "alice", at),
                1 => new Command.CleanUpTest(operation, "", "alice", at),
                2 or 3 => new Command.FailOver(operation, FailoverKind.Planned, null, "alice", at),
                4 => new Command.FailOver(operation, FailoverKind.Unplanned, null, "bob", at),
                5 => new Command.ChangePoint(operation, point, "alice", at),
                6 or 7 => new Command.Commit(operation, "alice", at),
                8 => new Command.Cancel(operation, "bob", at),
                9 => new Command.ReverseReplicate(operation, "alice", at),
                10 => new Command.Resume(operation, "bob", at),
                11 when choice % 5 == 0 => new Command.Disable(operation, "bob", at),
                12 => new Command.CompleteInitialReplication(activation, at),
                13 => new Command.ReportReplicationFailure(activation, "c", "m", true, at),
                14 or 15 => new Command.RecordPoint(activation, PointAt(at), at),
                _ => Enable(operation, choice, at),
            };
        }

        /// <summary>Gets the workflow on: a due step is begun; one under way gets its final point, is done or fails.</summary>
        private Command? StepOf(int choice, DateTimeOffset at)
        {
            if (ProtectedMachine.WorkflowOf(_state) is not { Current: { } step } workflow)
            {
                return _state is State.InitialReplication { Protection.Activation: var copying } ? new Command.CompleteInitialReplication(copying, at)
                    : _state is State.Protected { Points.Count: 0, Protection.Activation: var active } ? new Command.RecordPoint(active, PointAt(at), at)
                    : null;
            }

            if (!workflow.Started) return new Command.BeginStep(workflow.Operation, step, at);
            if (step == Step.DrainChanges && choice % 3 == 0)
                return new Command.RecordPoint(ProtectedMachine.ProtectionOf(_state)!.Activation, PointAt(at), at);
            return choice % 5 == 0
                ? new Command.FailStep(workflow.Operation, step, "ORC3001", "No answer.", choice % 2 == 0, at)
                : new Command.CompleteStep(workflow.Operation, step, "", at);
        }

        private RecoveryPoint PointAt(DateTimeOffset at) => new(
            new RecoveryPointId(Id()), _number, _number,
            _state is State.FailingOver ? RecoveryPointKind.Final : RecoveryPointKind.CrashConsistent, at, at, TimeSpan.Zero);

        private static Command.Enable Enable(OperationId operation, int choice, DateTimeOffset at) => new(
            operation, new MachineId("web-1"), choice / 16 % 2 == 0 ? ScenarioId.S6 : ScenarioId.S0, new SiteName("berlin"), new SiteName("paris"),
            [new DiskSpec(0, "/d", 4096)], TimeSpan.FromSeconds(30), "alice", at);

        private Guid Id() => new(_number, 0, 0, new byte[8]);
    }
}
