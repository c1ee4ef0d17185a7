using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Domain.Machines;
using static Orchestrator.Domain.Machines.ProtectedMachine;

namespace Orchestrator.Domain.Tests.Machines;

public sealed class ProtectedMachine_in_any_life
{
    private const int Lives = 400;
    private const int LongestLife = 160;

    [Fact]
    public void The_lives_reach_every_state_and_every_fact()
    {
        var (states, facts) = (new HashSet<Type>(), new HashSet<Type>());
        var random = new Random(20310506);
        for (var run = 0; run < Lives; run++)
        {
            var life = new RandomLife();
            for (var step = 0; step < LongestLife; step++)
            {
                life.Live(random.Next());
                states.Add(life.State.GetType());
            }

            facts.UnionWith(life.History.Select(fact => fact.GetType()));
        }

        states.Should().BeEquivalentTo(CasesOf(typeof(State)));
        facts.Should().BeEquivalentTo(CasesOf(typeof(Event)));
    }

    [Fact]
    public void The_history_replays_to_the_same_state() =>
        Check(life => life.Story.Last is not null && Replay(life.History).Equals(life.State));

    [Fact]
    public void A_command_that_was_accepted_has_no_second_effect() =>
        CheckEach((life, command) => life.Last is Decision.Refused || HasNoEffect(life.State, command));

    [Fact]
    public void A_request_that_was_accepted_some_time_ago_has_no_second_effect()
    {
        CheckLives(numbers =>
        {
            var life = new RandomLife();
            var accepted = new List<Command.Operator>();
            foreach (var number in numbers)
            {
                if (life.Live(number) is Command.Operator c && life.Last is Decision.Accepted { Events.Count: > 0 })
                    accepted.Add(c);
                if (accepted.TakeLast(RecentOperations.Limit / 2).Any(c => !HasNoEffect(life.State, c))) return false;
            }

            return true;
        });
    }

    [Fact]
    public void Nothing_is_stuck() => CheckEach((life, _) => WorkflowOf(life.State) is null
        || NextStep(life.State) is not null
        || AllowedOperations(life.State).Any(verdict =>
            verdict.IsAllowed && verdict.Operation is MachineOperation.Resume or MachineOperation.Cancel));

    [Fact]
    public void Whatever_has_begun_ends_once_the_world_works() => Check(life =>
    {
        for (var pushes = 0; pushes < 30 && WorkflowOf(life.State) is not null; pushes++)
        {
            if (NextStep(life.State) is not { } due) life.Story.Resume();
            else if (due.Step == Step.VerifyReplica && life.State is State.FailingOver { Failover.Point: null })
                life.Story.Point(RecoveryPointKind.Final).StepDone();
            else life.Story.StepDone();
        }

        return WorkflowOf(life.State) is null;
    });

    [Fact]
    public void No_point_from_before_a_commit_can_be_chosen_after_it()
    {
        CheckLives(numbers =>
        {
            var life = new RandomLife();
            var gone = new HashSet<RecoveryPointId>();
            foreach (var number in numbers)
            {
                life.Live(number);
                if (life.Last is Decision.Accepted accepted && accepted.Events.Any(fact => fact is Event.Committed))
                    gone.UnionWith(life.History.OfType<Event.RecoveryPointRecorded>().Select(fact => fact.Point.Id));
                if (gone.Any(point => CanBeChosen(life, point))) return false;
            }

            return true;
        });
    }

    [Fact]
    public void Each_activation_has_a_higher_fencing_number_than_all_before() => Check(life =>
    {
        var numbers = life.History.Select(fact => fact switch
        {
            Event.ProtectionEnablingStarted e => e.Protection.Activation,
            Event.FailoverStarted e => e.Activation,
            Event.PointChangeStarted e => e.Activation,
            Event.CancelStarted e => e.Activation,
            _ => 0,
        }).Where(number => number > 0).ToList();
        return numbers.SequenceEqual(Enumerable.Range(1, numbers.Count).Select(number => (long)number))
            && HighestActivation(life.State) == numbers.Count;
    });

    [Fact]
    public void Replication_never_runs_while_both_sites_might_write() => CheckEach((life, _) =>
        Desired(life.State).Mode == ReplicationMode.None
        || life.State is State.InitialReplication or State.Protected
        || life.State is State.FailingOver { Workflow: var w } && !w.Steps.Take(w.Next).Contains(Step.FenceSource));

    [Fact]
    public void No_failover_begins_while_a_test_is_open() => CheckEach((life, _) =>
        life.State is not State.FailingOver s || s.From.Test is TestState.None);

    private static bool CanBeChosen(RandomLife life, RecoveryPointId point)
    {
        if (PointsOf(life.State).Find(point) is not null) return true;
        var (id, now) = (new OperationId(Guid.Empty), life.Story.Now);
        Command[] choices =
        [
            new Command.FailOver(id, FailoverKind.Unplanned, point, "x", now), new Command.ChangePoint(
                id, point, "x", now),
            new Command.StartTestFailover(id, point, "x", now),
        ];
        return choices.Any(choice => Decide(life.State, choice) is Decision.Accepted);
    }

    private static bool HasNoEffect(State state, Command command) =>
        Decide(state, command) is Decision.Refused or Decision.Accepted { Events.Count: 0 };

    private static void Check(Func<RandomLife, bool> atEnd) => CheckLives(numbers =>
    {
        var life = new RandomLife();
        life.Live(0);
        foreach (var number in numbers) life.Live(number);
        return atEnd(life);
    });

    private static void CheckEach(Func<RandomLife, Command, bool> afterEach) => CheckLives(numbers =>
    {
        var life = new RandomLife();
        return numbers.All(number => afterEach(life, life.Live(number)));
    });

    private static void CheckLives(Func<int[], bool> holds)
    {
        var lives = Arb.From(Gen.Choose(0, 1_000_000).ArrayOf(LongestLife), Shorter);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(Lives), Prop.ForAll(lives, holds));
    }

    private static IEnumerable<int[]> Shorter(int[] numbers) => numbers.Length > 1
        ? [numbers[..(numbers.Length / 2)], numbers[..^1], numbers[1..]]
        : [];

    private static IEnumerable<Type> CasesOf(Type family) =>
        family.GetNestedTypes(BindingFlags.Public).Where(type => type.IsSubclassOf(family) && !type.IsAbstract);
}
