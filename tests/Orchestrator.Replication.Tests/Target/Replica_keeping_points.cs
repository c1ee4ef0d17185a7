using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Target;

public class Replica_keeping_points
{
    [Fact]
    public void Drops_the_oldest_beyond_the_number()
    {
        using var rig = With(new RetentionPolicy { MaxPoints = 3, MaxAge = TimeSpan.MaxValue });
        Epochs(rig, 8);

        rig.Store.Points.Select(p => p.Id).Should().Equal(rig.Source.PointIds.TakeLast(3));
        Directory.GetFiles(Path.Combine(rig.Directory, "undo"), "*.undo").Should().HaveCount(3);
        rig.CheckPoints();
        rig.Reopen().Points.Should().HaveCount(3);
        rig.CheckPoints();
    }

    [Fact]
    public void Drops_what_is_too_old_measured_from_the_newest()
    {
        using var rig = With(new RetentionPolicy { MaxPoints = 100, MaxAge = TimeSpan.FromSeconds(20) });
        Epochs(rig, 8);

        rig.Store.Points.Should().HaveCount(5, "they are 5 seconds apart");
    }

    [Fact]
    public void Never_drops_the_last()
    {
        using var rig = With(new RetentionPolicy { MaxPoints = 0, MaxAge = TimeSpan.Zero });
        Epochs(rig, 3);

        rig.Store.Points.Should().ContainSingle().Which.Id.Should().Be(rig.Source.PointIds[^1]);
        rig.CheckPoints();
    }

    [Fact]
    public void Never_drops_a_mounted_one_nor_those_after_it()
    {
        using var rig = With(new RetentionPolicy { MaxPoints = 2, MaxAge = TimeSpan.MaxValue });
        Epochs(rig, 2);
        var test = rig.Source.NewId();
        rig.Store.OpenTest(test, rig.Store.Points[0].Id, [0]);
        Epochs(rig, 4);
        rig.Store.Points.Should().HaveCount(6);
        rig.Reopen();
        Epochs(rig, 1);
        rig.Store.Points.Should().HaveCount(7);
        rig.CheckPoints();

        rig.Store.CloseTest(test);
        Epochs(rig, 1);

        rig.Store.Points.Should().HaveCount(2);
        rig.CheckPoints();
    }

    private static ReplicaRig With(RetentionPolicy policy)
    {
        var rig = new ReplicaRig(new SourceModel(90, 100_000, 20_000)) { Retention = policy };
        rig.Open();
        return rig;
    }

    private static void Epochs(ReplicaRig rig, int count)
    {
        for (var i = 0; i < count; i++)
        {
            rig.Source.Scribble(6);
            rig.Source.Mark();
            rig.SendAll();
            rig.Drain();
        }
    }
}
