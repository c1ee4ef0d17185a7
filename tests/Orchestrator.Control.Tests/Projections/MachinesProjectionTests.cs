using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Contracts;
using Orchestrator.Control.Projections;
using Orchestrator.Control.Queries;
using Orchestrator.Domain.Machines;
using Orchestrator.Domain.Tests.Machines;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Projections;

/// <summary>State, points and health in rows are what the machine itself would say.</summary>
public sealed class MachinesProjectionTests
{
    private const string Machine = "db-1";
    private const int LongestLife = 160;

    [Fact]
    public void State_and_points_together_are_the_state_of_the_whole_history() => Prop
        .ForAll(Gen.Choose(0, 1_000_000).ArrayOf(LongestLife).ToArbitrary(), numbers =>
        {
            var (life, rows) = Lived(numbers);
            return life.History.Count == 0 || (StateIn(rows).Equals(life.State) && CountIn(rows) == PointsIn(rows).Count);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void Health_in_rows_is_the_machines_own() => Prop
        .ForAll(Gen.Choose(0, 1_000_000).ArrayOf(LongestLife).ToArbitrary(), numbers =>
        {
            var (life, rows) = Lived(numbers);
            var row = rows.All.GetValueOrDefault($"health/{Machine}");
            if (ProtectedMachine.ProtectionOf(life.State) is null) return row is null;
            var (told, own) = (JsonSerializer.Deserialize<MachineHealthView>(row!, Wire.Json)!, ProtectedMachine.Health(life.State));
            return told.Level == own.Level.ToString() && told.Reasons.Select(reason => (reason.Code, reason.Message, reason.Advice))
                .SequenceEqual(own.Select(reason => (reason.Code, reason.Message, reason.Advice)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void Health_says_since_when_its_level_holds()
    {
        var rows = new Rows(new MachinesProjection(Rows.Events));
        var story = new Story().Protected();
        var sequence = Feed(rows, story, 0);
        var before = Health(rows).Since;
        story.ReplicationFails(isTransient: true);
        sequence = Feed(rows, story, sequence);
        var failed = Health(rows);
        story.Resume();
        Feed(rows, story, sequence);

        (failed.Level, failed.Since > before).Should().Be(("Warning", true));
        Health(rows).Level.Should().Be("Warning");
        Health(rows).Since.Should().Be(failed.Since, "the reason has changed, the level has not");
    }

    [Fact]
    public void A_recovery_point_costs_its_own_row_and_not_those_of_the_others()
    {
        var rows = new Rows(new MachinesProjection(Rows.Events));
        var story = new Story().Protected();
        for (var i = 0; i < 300; i++) story.Point();
        Feed(rows, story, 0);

        PointsIn(rows).Should().HaveCountGreaterThan(300);
        rows.LastChanges.Sum(change => change.Value.Length).Should().BeLessThan(1000);
    }

    [Fact]
    public void Behind_a_hole_the_row_stands_still_and_says_so()
    {
        var rows = new Rows(new MachinesProjection(Rows.Events));
        var history = new Story().Protected().History;
        rows.Apply(Machine, 1, history[0]);

        for (var i = 2; i < history.Count; i++) rows.Apply(Machine, i + 1, history[i]);

        var row = MachineRow.Read(rows.All[$"machine/{Machine}"]);
        (row.Sequence, row.IsBroken).Should().Be((1, true));
        rows.LastChanges.Should().BeEmpty();
    }

    [Fact]
    public void The_live_feed_tells_machines_and_health_in_the_words_of_the_api()
    {
        var rows = new Rows(new MachinesProjection(Rows.Events));
        var story = new Story().Protected();
        Feed(rows, story, 0);

        var told = rows.All.Select(row => LiveEvent.Of(new Actors.Projections.LiveChange("machines", Actors.Projections.RowChange.Upsert(row.Key, row.Value)))).ToList();

        told.OfType<LiveEvent>().Select(live => live.Name).Should().BeEquivalentTo(LiveEvents.Machine, LiveEvents.Health);
        var change = JsonSerializer.Deserialize<MachineChange>(told.OfType<LiveEvent>().Single(live => live.Name == LiveEvents.Machine).Json, Wire.Json);
        change.Should().Be(new MachineChange(Machine, story.History.Count, "Protected", PointsIn(rows).Count));
    }

    private static (RandomLife Life, Rows Rows) Lived(int[] numbers)
    {
        var (life, rows) = (new RandomLife(), new Rows(new MachinesProjection(Rows.Events)));
        var fed = 0;
        foreach (var number in numbers)
        {
            life.Live(number);
            for (; fed < life.History.Count; fed++) rows.Apply(Machine, fed + 1, life.History[fed], life.Story.Now);
        }

        return (life, rows);
    }

    private static int Feed(Rows rows, Story story, int from)
    {
        for (; from < story.History.Count; from++) rows.Apply(Machine, from + 1, story.History[from], story.Now.AddSeconds(from));
        return from;
    }

    private static State StateIn(Rows rows) => StatePoints.With(MachineRow.Read(rows.All[$"machine/{Machine}"]).State, [.. PointsIn(rows)]);

    private static int CountIn(Rows rows) => MachineRow.Read(rows.All[$"machine/{Machine}"]).PointCount;

    private static List<RecoveryPoint> PointsIn(Rows rows) =>
        [.. rows.Below($"point/{Machine}/").Select(PointRow.Read).OrderBy(point => point.Number).Select(point => point.Point)];

    private static MachineHealthView Health(Rows rows) => JsonSerializer.Deserialize<MachineHealthView>(rows.All[$"health/{Machine}"], Wire.Json)!;
}
