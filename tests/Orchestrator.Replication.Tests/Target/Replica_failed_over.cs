using System.Security.Cryptography;
using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Target;

public class Replica_failed_over
{
    private static readonly Guid First = new("00000000-0000-0000-0000-000000000001");
    private static readonly Guid Second = new("00000000-0000-0000-0000-000000000002");

    [Fact]
    public void For_a_test_leaves_disks_and_replication_untouched()
    {
        using var rig = RecoveryPoint_views.Filled(41, out var points);
        var source = rig.Source;
        var test = rig.Store.OpenTest(First, points[1]);
        ReplicaRig.CheckEqual(test.Disks.Select(ReplicaRig.ReadAll).ToList(), source.CopyAt(points[1]), "test disks");
        test.Disks[0].Write(123, RandomNumberGenerator.GetBytes(50_000));
        test.Disks[1].WriteZeroes(0, 64_000, mayDeallocate: true);
        test.Disks[0].Flush();

        for (var i = 0; i < 3; i++)
        {
            source.Scribble(10);
            source.Mark();
            rig.SendAll();
        }

        rig.Drain();
        rig.CheckApplied();
        rig.CheckPoints();
        rig.Store.CloseTest(First);
        rig.Store.CloseTest(First);
        rig.CheckApplied();
        rig.CheckPoints();
        var reading = () => ReplicaRig.ReadAll(test.Disks[0]);
        reading.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.Fenced);
    }

    [Fact]
    public void For_a_test_keeps_what_was_written_when_the_process_dies()
    {
        using var rig = RecoveryPoint_views.Filled(42, out var points);
        var written = RandomNumberGenerator.GetBytes(10_000);
        rig.Store.OpenTest(First, points[0]).Disks[0].Write(3_333, written);
        rig.Reopen();
        rig.Source.Scribble(20);
        rig.Source.Mark();
        rig.SendAll();
        rig.Drain();

        var disk = rig.Store.OpenTest(First, points[0]).Disks[0];

        var expected = rig.Source.CopyAt(points[0])[0].ToArray();
        written.CopyTo(expected, 3_333);
        ReplicaRig.CheckEqual([ReplicaRig.ReadAll(disk)], [expected], "test disk");
        var other = () => rig.Store.OpenTest(First, points[1]);
        other.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ReplicaState);
    }

    [Fact]
    public void Runs_from_the_newest_point_and_refuses_every_session()
    {
        using var rig = RecoveryPoint_views.Filled(43, out var points);
        rig.Source.Scribble(5);
        var unfinished = rig.Source.BatchesAfter(rig.Store.Cursor, rig.Session);

        var active = rig.Store.Activate(First, null, 2);

        active.Point.Id.Should().Be(points[^1]);
        ReplicaRig.CheckEqual(active.Disks.Select(ReplicaRig.ReadAll).ToList(), rig.Source.CopyAt(points[^1]), "active disks");
        Code(() => rig.Connect()).Should().Be(ErrorCodes.ReplicaState);
        Code(() => rig.Send(unfinished)).Should().Be(ErrorCodes.SessionFenced);
        rig.Reopen();
        rig.Store.State.Should().Be(ReplicaState.Active);
        Code(() => rig.Connect()).Should().Be(ErrorCodes.ReplicaState);
        Code(() => rig.Send(unfinished)).Should().Be(ErrorCodes.SessionFenced);
    }

    [Fact]
    public void Changes_the_point_and_commits_to_exactly_the_point_plus_what_was_written_since()
    {
        using var rig = RecoveryPoint_views.Filled(44, out var points);
        rig.Store.Activate(First, points[2], 2).Disks[0].Write(0, RandomNumberGenerator.GetBytes(30_000));
        rig.Store.Deactivate(First);
        var active = rig.Store.Activate(Second, points[0], 3);
        var expected = rig.Source.CopyAt(points[0]).Select(d => d.ToArray()).ToArray();
        WriteBoth(active.Disks, expected, new Random(1), 40);

        rig.Store.Commit(Second);

        rig.Store.State.Should().Be(ReplicaState.Committed);
        ReplicaRig.CheckEqual(rig.Store.DiskPaths.Select(File.ReadAllBytes).ToList(), expected, "images");
        WriteBoth(active.Disks, expected, new Random(2), 10);
        ReplicaRig.CheckEqual(rig.Store.DiskPaths.Select(File.ReadAllBytes).ToList(), expected, "images, written on through the same disks");
        rig.Store.Points.Should().BeEmpty();
        rig.Store.Commit(Second);
        Code(() => rig.Store.Deactivate(Second)).Should().Be(ErrorCodes.ReplicaState);
        Code(() => rig.Store.Activate(First, points[1], 9)).Should().Be(ErrorCodes.ReplicaState);
        rig.Reopen();
        ReplicaRig.CheckEqual(
            rig.Store.Activate(Second, points[0], 3).Disks.Select(ReplicaRig.ReadAll).ToList(), expected, "disks after a restart");
        Code(() => rig.Store.OpenPoint(points[1], 0)).Should().Be(ErrorCodes.ReplicaState);
        Code(() => rig.Connect()).Should().Be(ErrorCodes.ReplicaState);
    }

    [Fact]
    public async Task Lets_the_machine_write_on_while_it_is_committed()
    {
        using var rig = RecoveryPoint_views.Filled(45, out var points);
        var disks = rig.Store.Activate(First, points[0], 2).Disks;
        var expected = rig.Source.CopyAt(points[0]).Select(d => d.ToArray()).ToArray();
        using var merging = new ManualResetEventSlim();
        using var written = new ManualResetEventSlim();
        rig.Step = s =>
        {
            if (s == "base.write" && merging.IsSet)
            {
                written.Wait(TimeSpan.FromSeconds(60)); // The first page is copied only after the machine has written much more.
            }

            if (s == "commit.copy")
            {
                merging.Set();
            }
        };
        WriteBoth(disks, expected, new Random(3), 30);
        var writer = Task.Run(() =>
        {
            merging.Wait(TimeSpan.FromSeconds(60));
            for (var i = 0; i < 50; i++)
            {
                WriteBoth(disks, expected, new Random(i), 10);
                ReplicaRig.CheckEqual(disks.Select(ReplicaRig.ReadAll).ToList(), expected, "disks under commit");
                if (i == 20)
                {
                    written.Set();
                }
            }
        });

        rig.Store.Commit(First);
        await writer;

        ReplicaRig.CheckEqual(rig.Store.DiskPaths.Select(File.ReadAllBytes).ToList(), expected, "images");
    }

    [Fact]
    public void Receives_again_where_it_was_when_the_failover_is_cancelled()
    {
        using var rig = RecoveryPoint_views.Filled(46, out var points);
        var disk = rig.Store.Activate(First, points[1], 2).Disks[0];
        disk.Write(0, new byte[4096]);

        rig.Store.Deactivate(First);
        rig.Store.Deactivate(First);

        Code(() => disk.Write(0, new byte[512])).Should().Be(ErrorCodes.Fenced);
        Code(() => rig.Store.Activate(First, points[1], 2)).Should().Be(ErrorCodes.ReplicaState);
        rig.Source.Scribble(10);
        rig.Source.Mark();
        rig.SendAll();
        rig.Drain();
        rig.CheckPoints();
        rig.CheckApplied();
        rig.Store.Points.Should().HaveCount(4);
    }

    [Fact]
    public void Refuses_an_activation_that_is_over_and_an_operation_that_is_not_its_own()
    {
        using var rig = RecoveryPoint_views.Filled(47, out var points);

        Code(() => rig.Store.Activate(First, null, 1)).Should().Be(ErrorCodes.SessionFenced);
        Code(() => rig.Store.Commit(First)).Should().Be(ErrorCodes.ReplicaState);
        rig.Store.Activate(First, null, 2);
        Code(() => rig.Store.Activate(Second, null, 3)).Should().Be(ErrorCodes.ReplicaState);
        Code(() => rig.Store.Deactivate(Second)).Should().Be(ErrorCodes.ReplicaState);
        Code(() => rig.Store.Commit(Second)).Should().Be(ErrorCodes.ReplicaState);
        Code(() => rig.Store.Remove(keepDisks: true)).Should().Be(ErrorCodes.ReplicaState);
        using (rig.Store.OpenPoint(points[0], 0))
        {
            Code(() => rig.Store.Commit(First)).Should().Be(ErrorCodes.ReplicaState);
        }

        rig.Store.Commit(First);
    }

    [Fact]
    public void Cannot_run_before_the_first_point()
    {
        using var rig = new ReplicaRig(new SourceModel(48, 10_000));
        rig.Open();

        Code(() => rig.Store.Activate(First, null, 1)).Should().Be(ErrorCodes.PointNotFound);
        Code(() => rig.Store.OpenTest(First)).Should().Be(ErrorCodes.PointNotFound);
        rig.Store.State.Should().Be(ReplicaState.Receiving);
    }

    [Fact]
    public void Takes_a_grown_disk_back_to_its_size_at_the_point()
    {
        using var rig = RecoveryPoint_views.Filled(49, out var points);
        rig.Source.Grow(0, 180_000);
        rig.Source.Scribble(20);
        rig.Source.Mark();
        rig.SendAll();
        rig.Drain();

        rig.Store.Activate(First, points[2], 2);
        rig.Store.Commit(First);

        ReplicaRig.CheckEqual(rig.Store.DiskPaths.Select(File.ReadAllBytes).ToList(), rig.Source.CopyAt(points[2]), "images");
        rig.Reopen().DiskLengths[0].Should().Be(100_000);
    }

    [Fact]
    public void Is_removed_with_or_without_its_disks()
    {
        using var rig = RecoveryPoint_views.Filled(50, out _);
        rig.Store.Remove(keepDisks: true);
        Directory.GetFileSystemEntries(rig.Directory).Select(Path.GetFileName).Should().BeEquivalentTo(["disk-0.raw", "disk-1.raw"]);

        rig.Open();
        rig.Store.Points.Should().BeEmpty();
        rig.Store.Remove(keepDisks: false);
        Directory.GetFileSystemEntries(rig.Directory).Should().BeEmpty();
    }

    private static void WriteBoth(IReadOnlyList<IBlockDevice> disks, byte[][] expected, Random random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var disk = random.Next(disks.Count);
            var length = random.Next(1, 15_000);
            var offset = random.Next(expected[disk].Length - length);
            if (random.Next(3) == 0)
            {
                disks[disk].Trim(offset, length);
                expected[disk].AsSpan(offset, length).Clear();
            }
            else
            {
                var data = new byte[length];
                random.NextBytes(data);
                disks[disk].Write(offset, data);
                data.CopyTo(expected[disk], offset);
            }
        }
    }

    private static string? Code(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (ReplicationException e)
        {
            return e.Code;
        }
    }
}
