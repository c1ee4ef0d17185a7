using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Tests.Target;

public class RecoveryPoint_views
{
    [Fact]
    public void Equal_the_full_copy_taken_at_their_mark_whatever_came_after()
    {
        Prop.ForAll<int>(EveryPointEqualsItsCopy).Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    [Fact]
    public async Task Stay_the_same_while_later_epochs_are_applied_below()
    {
        var source = new SourceModel(7, 300_000, 70_001);
        using var rig = new ReplicaRig(source);
        rig.Open();
        source.Scribble(60);
        var first = source.Mark();
        rig.SendAll();
        rig.Drain();
        using var view = rig.Store.OpenPoint(first, 0);
        using var view1 = rig.Store.OpenPoint(first, 1);
        using var stop = new CancellationTokenSource();
        var rounds = 0;
        var reader = Task.Run(() =>
        {
            do
            {
                ReplicaRig.CheckEqual([ReplicaRig.ReadAll(view), ReplicaRig.ReadAll(view1)], source.CopyAt(first), "view under apply");
                rounds++;
            }
            while (!stop.IsCancellationRequested);
        });

        for (var epoch = 0; epoch < 40; epoch++)
        {
            source.Scribble(15);
            source.Mark();
            rig.Send(source.BatchesAfter(rig.Store.Cursor, rig.Session));
        }

        rig.Drain();
        await stop.CancelAsync();
        await reader;
        rounds.Should().BePositive();
        rig.CheckPoints();
    }

    [Fact]
    public void Describe_the_whole_disk_as_extents_that_tell_the_truth()
    {
        var source = new SourceModel(11, 1_000_000);
        using var rig = new ReplicaRig(source);
        rig.Open();
        source.Scribble(10);
        var point = source.Mark();
        source.Zero(0, 0, 200_000);
        source.Scribble(10);
        source.Mark();
        rig.SendAll();
        rig.Drain();

        using var view = rig.Store.OpenPoint(point, 0);
        var extents = view.GetExtents(0, view.Length);

        long next = 0;
        foreach (var extent in extents)
        {
            extent.Offset.Should().Be(next);
            extent.Length.Should().BePositive();
            next += extent.Length;
            if (extent.IsZero)
            {
                source.CopyAt(point)[0].AsSpan((int)extent.Offset, (int)extent.Length).ContainsAnyExcept((byte)0).Should().BeFalse();
            }
        }

        next.Should().Be(view.Length);
        extents.Should().Contain(e => e.IsZero).And.Contain(e => !e.IsZero);
    }

    [Fact]
    public void Refuse_to_be_written()
    {
        using var rig = Filled(3, out var points);
        using var view = rig.Store.OpenPoint(points[0], 0);

        var writing = () => view.Write(0, new byte[512]);

        writing.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ReadOnly);
    }

    [Fact]
    public void Of_an_unknown_point_are_refused()
    {
        using var rig = Filled(4, out _);

        var opening = () => rig.Store.OpenPoint(new Guid("11111111-1111-1111-1111-111111111111"), 0);

        opening.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.PointNotFound);
    }

    [Fact]
    public void Keep_the_length_the_disk_had_when_it_grows_later()
    {
        using var rig = Filled(5, out var points);
        var source = rig.Source;
        source.Grow(0, 250_001);
        source.Scribble(20);
        source.Mark();

        rig.SendAll();
        rig.Drain();

        using (var old = rig.Store.OpenPoint(points[^1], 0))
        {
            old.Length.Should().Be(100_000);
        }

        rig.CheckPoints();
        rig.CheckApplied();
        rig.Reopen();
        rig.CheckPoints();
        rig.Store.DiskLengths[0].Should().Be(250_001);
    }

    [Fact]
    public void Carry_what_the_source_said_of_the_mark()
    {
        var source = new SourceModel(9, 50_000);
        using var rig = new ReplicaRig(source);
        rig.Open();
        source.Scribble(3);
        var id = source.Mark(EpochKind.ApplicationConsistent);
        rig.SendAll();
        rig.Drain();

        var point = rig.Reopen().Points.Should().ContainSingle().Subject;

        point.Id.Should().Be(id);
        point.Sequence.Should().Be(4);
        point.Epoch.Should().Be(1);
        point.Kind.Should().Be(EpochKind.ApplicationConsistent);
        point.TakenAt.Should().Be(SourceModel.Start.AddSeconds(5));
        point.AvailableAt.Should().BeOnOrAfter(point.ReceivedAt);
        point.Incarnation.Should().Be(source.Incarnation);
    }

    /// <summary>Two points, three epochs.</summary>
    internal static ReplicaRig Filled(int seed, out IReadOnlyList<Guid> points)
    {
        var source = new SourceModel(seed, 100_000, 64_000);
        var rig = new ReplicaRig(source);
        rig.Open();
        for (var i = 0; i < 3; i++)
        {
            source.Scribble(12);
            source.Mark();
        }

        rig.SendAll();
        rig.Drain();
        points = source.PointIds;
        return rig;
    }

    private static bool EveryPointEqualsItsCopy(int seed)
    {
        var source = new SourceModel(seed, 150_000, 4096 * 5 + 513, 3000);
        using var rig = new ReplicaRig(source);
        rig.Open();
        for (var round = 0; round < 6; round++)
        {
            for (var epoch = source.Random.Next(1, 4); epoch > 0; epoch--)
            {
                source.Scribble(source.Random.Next(0, 15));
                source.Mark();
            }

            source.Scribble(source.Random.Next(0, 5)); // The beginning of an epoch that is not over yet.
            var cursor = rig.Connect();
            rig.Send(source.BatchesAfter(cursor, rig.Session).OrderBy(_ => source.Random.Next()).ToList());
            if (round % 3 == 2)
            {
                rig.Reopen();
            }

            rig.Drain();
            rig.CheckPoints();
            rig.CheckApplied();
        }

        return rig.Store.Points.Count == source.PointIds.Count;
    }
}
