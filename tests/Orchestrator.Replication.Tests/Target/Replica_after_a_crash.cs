using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Target;

/// <summary>The store dies before its n-th step and is opened again: for every n (or every few) of a whole run.</summary>
public class Replica_after_a_crash
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Holds_everything_acknowledged_and_goes_on_to_the_exact_state(int phase)
    {
        var crashes = 0;
        for (var step = 1 + phase; RunWithCrash(step, seed: 100 + step, IngestAndRetain); step += 3)
        {
            crashes++;
        }

        crashes.Should().BeGreaterThan(20);
    }

    [Fact]
    public void Survives_several_crashes_in_a_row()
    {
        Prop.ForAll<int>(seed =>
        {
            var source = new SourceModel(seed, 120_000, 9_001);
            using var rig = new ReplicaRig(source);
            for (var life = 0; life < 8; life++)
            {
                var left = source.Random.Next(1, 120);
                rig.Step = _ => DieWhen(ref left);
                Live(rig);
            }

            rig.Step = null;
            rig.Reopen();
            rig.SendAll();
            rig.Drain();
            rig.CheckPoints();
            rig.CheckApplied();
            return rig.Store.Cursor.AppliedEpoch == source.Epoch;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));
    }

    [Fact]
    public void Finishes_an_activation_and_a_commit_wherever_they_were_interrupted()
    {
        var crashes = 0;
        for (var step = 1; FailOverWithCrash(step); step++)
        {
            crashes++;
        }

        crashes.Should().BeGreaterThan(30);
    }

    [Fact]
    public void Finishes_taking_back_and_ending_a_test_wherever_they_were_interrupted()
    {
        var crashes = 0;
        for (var step = 1; TakeBackWithCrash(step); step++)
        {
            crashes++;
        }

        crashes.Should().BeGreaterThan(5);
    }

    private static void DieWhen(ref int left)
    {
        if (Interlocked.Decrement(ref left) <= 0)
        {
            throw new CrashException();
        }
    }

    private static void Live(ReplicaRig rig)
    {
        var source = rig.Source;
        try
        {
            rig.Reopen();
            var acknowledged = rig.Store.Cursor.NextBatch;
            for (var i = 0; i < 4; i++)
            {
                source.Scribble(8);
                source.Mark();
                var cursor = rig.Connect();
                cursor.NextBatch.Should().BeGreaterThanOrEqualTo(acknowledged);
                rig.Send(source.BatchesAfter(cursor, rig.Session));
                acknowledged = rig.Store.Cursor.NextBatch;
            }

            rig.Drain();
        }
        catch (Exception e) when (IsCrash(e))
        {
            // What this is about.
        }

        // Whatever was durable must be exactly right, without any word from the source.
        rig.Step = null;
        rig.Reopen();
        rig.CheckPoints();
        rig.CheckApplied();
    }

    private static bool IsCrash(Exception e) =>
        e is CrashException or AggregateException { InnerException: ReplicationException { InnerException: ReplicationException { InnerException: CrashException } } }
        || (e as ReplicationException ?? e.InnerException as ReplicationException)?.Code == ErrorCodes.TargetFailed;

    /// <returns>Whether the run was long enough for the crash to happen.</returns>
    private static bool RunWithCrash(int step, int seed, Action<ReplicaRig> run)
    {
        var source = new SourceModel(seed, 120_000, 9_001);
        using var rig = new ReplicaRig(source) { Retention = new RetentionPolicy { MaxAge = TimeSpan.MaxValue, MaxPoints = 4 }, IngestSegmentBytes = 40_000 };
        var left = step;
        rig.Step = _ => DieWhen(ref left);
        var crashed = false;
        try
        {
            rig.Open();
            run(rig);
        }
        catch (Exception e) when (IsCrash(e))
        {
            crashed = true;
        }

        crashed |= left <= 0;
        rig.Step = null;
        rig.Reopen();
        rig.CheckPoints();
        rig.CheckApplied();
        run(rig);
        rig.CheckPoints();
        rig.CheckApplied();
        rig.Store.Cursor.AppliedEpoch.Should().Be(source.Epoch);
        rig.Store.Points.Count.Should().BeLessThanOrEqualTo(4);
        return crashed;
    }

    private static void IngestAndRetain(ReplicaRig rig)
    {
        var source = rig.Source;
        for (var i = 0; i < 4; i++)
        {
            source.Scribble(6);
            source.Mark();
            rig.SendAll();
            rig.Drain();
        }
    }

    private static bool FailOverWithCrash(int step)
    {
        var source = new SourceModel(77, 120_000, 9_001);
        using var rig = new ReplicaRig(source);
        rig.Open();
        IngestAndRetain(rig);
        var point = source.PointIds[1];
        var expected = source.CopyAt(point).Select(d => d.ToArray()).ToArray();
        var left = step;
        rig.Step = _ => DieWhen(ref left);
        var operation = source.NewId();
        var wrote = 0;
        try
        {
            WriteAndCommit(rig, operation, point, expected, ref wrote);
        }
        catch (Exception e) when (IsCrash(e))
        {
            // Repeated below.
        }

        var crashed = left <= 0;
        rig.Step = null;
        rig.Reopen();
        WriteAndCommit(rig, operation, point, expected, ref wrote);
        rig.Store.State.Should().Be(ReplicaState.Committed);
        rig.Store.Digest().Sha256.Should().BeEquivalentTo(
            expected.Select(System.Security.Cryptography.SHA256.HashData), o => o.WithStrictOrdering());
        Directory.GetFiles(Path.Combine(rig.Directory, "undo")).Should().BeEmpty();
        Directory.GetFiles(Path.Combine(rig.Directory, "ingest")).Should().BeEmpty();
        return crashed;
    }

    private static void WriteAndCommit(ReplicaRig rig, Guid operation, Guid point, byte[][] expected, ref int wrote)
    {
        var disks = rig.Store.Activate(operation, point, 2).Disks;
        ReplicaRig.CheckEqual(disks.Select(ReplicaRig.ReadAll).ToList(), expected, "active disks");
        for (; wrote < 3; wrote++)
        {
            var data = new byte[5000];
            data.AsSpan().Fill((byte)(wrote + 1));
            disks[0].Write(wrote * 7777, data);
            data.CopyTo(expected[0].AsSpan(wrote * 7777));
            disks[0].Trim(60_000, 20_000);
            expected[0].AsSpan(60_000, 20_000).Clear();
        }

        rig.Store.Commit(operation);
    }

    private static bool TakeBackWithCrash(int step)
    {
        var source = new SourceModel(78, 120_000, 9_001);
        using var rig = new ReplicaRig(source);
        rig.Open();
        IngestAndRetain(rig);
        var before = rig.Store.Digest();
        var left = step;
        rig.Step = _ => DieWhen(ref left);
        var (activation, test) = (source.NewId(), source.NewId());
        try
        {
            TryAndTakeBack(rig, test, activation);
        }
        catch (Exception e) when (IsCrash(e))
        {
            // Repeated below.
        }

        var crashed = left <= 0;
        rig.Step = null;
        rig.Reopen();
        rig.Store.CloseTest(test);
        rig.Store.Deactivate(activation);
        rig.Store.State.Should().Be(ReplicaState.Receiving);
        rig.Store.Digest().Should().BeEquivalentTo(before);
        Directory.GetDirectories(Path.Combine(rig.Directory, "tests")).Should().BeEmpty();
        rig.CheckPoints();
        IngestAndRetain(rig);
        rig.CheckApplied();
        return crashed;
    }

    private static void TryAndTakeBack(ReplicaRig rig, Guid test, Guid activation)
    {
        rig.Store.OpenTest(test).Disks[0].Write(0, new byte[8192]);
        rig.Store.Activate(activation, null, 2).Disks[1].Write(0, new byte[512]);
        rig.Store.CloseTest(test);
        rig.Store.Deactivate(activation);
    }

    private sealed class CrashException : Exception;
}
