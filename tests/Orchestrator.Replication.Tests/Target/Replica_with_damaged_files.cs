using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Target;

public class Replica_with_damaged_files
{
    [Fact]
    public void Cuts_a_torn_batch_off_and_takes_it_again()
    {
        for (var cut = 1; cut < 700; cut += 41)
        {
            using var rig = WithUnappliedEpoch(60, out var batches);
            rig.Store.Dispose();
            var segment = Directory.GetFiles(Path.Combine(rig.Directory, "ingest")).Order().Last();
            using (var file = File.OpenHandle(segment, FileMode.Open, FileAccess.ReadWrite))
            {
                RandomAccess.SetLength(file, RandomAccess.GetLength(file) - cut);
            }

            rig.Open();
            rig.Store.Fault.Should().BeNull();
            rig.Store.Cursor.NextBatch.Should().BeLessThan(batches);
            rig.Source.Mark();
            rig.SendAll();
            rig.Drain();
            rig.CheckPoints();
            rig.CheckApplied();
        }
    }

    [Fact]
    public void Reports_a_batch_that_rotted_and_asks_the_next_session_for_it()
    {
        using var rig = WithUnappliedEpoch(61, out var batches);
        rig.Store.Dispose();
        var segment = Directory.GetFiles(Path.Combine(rig.Directory, "ingest")).Order().First();
        OverlayDevice_over_a_disk.Corrupt(segment, new FileInfo(segment).Length / 2);

        rig.Open();

        rig.Store.Fault!.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
        rig.Store.Cursor.NextBatch.Should().BeLessThan(batches);
        rig.CheckPoints();
        Recovers(rig);
    }

    [Fact]
    public void Never_applies_a_batch_that_rots_while_it_waits()
    {
        using var rig = WithUnappliedEpoch(62, out var batches);
        var segment = Directory.GetFiles(Path.Combine(rig.Directory, "ingest")).Order().Last();
        OverlayDevice_over_a_disk.Corrupt(segment, new FileInfo(segment).Length - 300);
        var before = rig.Store.Digest();
        rig.Source.Mark();
        rig.Send(rig.Source.BatchesAfter(rig.Store.Cursor, rig.Session));

        var draining = () => rig.Drain();

        draining.Should().Throw<AggregateException>().WithInnerException<ReplicationException>()
            .Which.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
        rig.Store.Cursor.AppliedSequence.Should().Be(before.AppliedSequence);
        rig.CheckPoints();
        Recovers(rig);
        batches.Should().BePositive();
    }

    [Fact]
    public void Cuts_a_torn_undo_tail_off()
    {
        using var rig = HalfApplied(63);
        var undo = Directory.GetFiles(Path.Combine(rig.Directory, "undo"), "*.undo").Order().Last();
        File.AppendAllText(undo, "ORCR and then nothing more of the record that was being written when it happened");

        rig.Open();

        rig.Store.Fault.Should().BeNull();
        rig.Drain();
        rig.CheckPoints();
        rig.CheckApplied();
        Recovers(rig);
    }

    [Fact]
    public void Serves_no_point_whose_old_content_rotted()
    {
        using var rig = RecoveryPoint_views.Filled(64, out var points);
        var undo = Directory.GetFiles(Path.Combine(rig.Directory, "undo"), "*.undo").Order().Skip(1).First();
        OverlayDevice_over_a_disk.Corrupt(undo, PositionOfSavedContent(undo, rig.Source.CopyAt(points[1]), rig.Source.CopyAt(points[2])));

        var reading = () => rig.ReadPoint(points[1]);
        var committing = () =>
        {
            rig.Store.Activate(points[0], points[1], 2);
            rig.Store.Commit(points[0]);
        };

        reading.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
        ReplicaRig.CheckEqual(rig.ReadPoint(points[2]), rig.Source.CopyAt(points[2]), "the point after it");
        committing.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
        rig.Store.State.Should().Be(ReplicaState.Active, "a commit that cannot be finished must not begin");
        rig.Store.Deactivate(points[0]);
        Recovers(rig);
    }

    [Fact]
    public void Serves_no_point_whose_interval_is_missing_or_cut_short()
    {
        using var rig = RecoveryPoint_views.Filled(65, out var points);
        rig.Store.Dispose();
        var files = Directory.GetFiles(Path.Combine(rig.Directory, "undo"), "*.undo").Order().ToList();
        foreach (var index in Directory.GetFiles(Path.Combine(rig.Directory, "undo"), "*.idx"))
        {
            File.Delete(index);
        }

        using (var file = File.OpenHandle(files[1], FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, RandomAccess.GetLength(file) / 2);
        }

        rig.Open();

        var cut = () => rig.ReadPoint(points[1]);
        cut.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
        rig.Store.Dispose();
        File.Delete(files[1]);
        rig.Open();
        var missing = () => rig.ReadPoint(points[0]);
        missing.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
        ReplicaRig.CheckEqual(rig.ReadPoint(points[2]), rig.Source.CopyAt(points[2]), "the point after it");
    }

    [Fact]
    public void Rebuilds_a_lost_or_damaged_index()
    {
        using var rig = RecoveryPoint_views.Filled(66, out var points);
        rig.Store.Dispose();
        var indexes = Directory.GetFiles(Path.Combine(rig.Directory, "undo"), "*.idx").Order().ToList();
        indexes.Should().HaveCount(2);
        File.Delete(indexes[0]);
        OverlayDevice_over_a_disk.Corrupt(indexes[1], 40);

        rig.Open();

        rig.CheckPoints();
        points.Should().HaveCount(3);
    }

    [Fact]
    public void Needs_a_new_history_when_the_undo_in_use_rotted()
    {
        using var rig = HalfApplied(67);
        var undo = Directory.GetFiles(Path.Combine(rig.Directory, "undo"), "*.undo").Order().Last();
        OverlayDevice_over_a_disk.Corrupt(undo, 20); // The point's own record: the file has been durable since.

        rig.Open();

        rig.Store.Fault!.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
        var resuming = () => rig.Connect();
        resuming.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
        rig.Source.Reset();
        rig.Connect().Consistent.Should().BeFalse();
        rig.Store.Fault.Should().BeNull();
        rig.Store.Points.Should().BeEmpty();
        Replica_resynchronized.Resynchronize(rig);
        rig.Drain();
        rig.CheckPoints();
        rig.CheckApplied();
    }

    [Fact]
    public void Falls_back_to_the_other_slot_when_the_state_was_torn_and_refuses_when_both_are_gone()
    {
        using var rig = WithUnappliedEpoch(68, out _);
        rig.Connect();
        rig.Store.Dispose();
        var control = Path.Combine(rig.Directory, "control");
        var whole = File.ReadAllBytes(control);
        for (var slot = 0; slot < 2; slot++)
        {
            File.WriteAllBytes(control, whole);
            OverlayDevice_over_a_disk.Corrupt(control, slot * 16384 + 100);
            rig.Reopen();
            rig.Store.Dispose();
        }

        OverlayDevice_over_a_disk.Corrupt(control, 100);
        OverlayDevice_over_a_disk.Corrupt(control, 16384 + 100);
        OverlayDevice_over_a_disk.Corrupt(control, 100 + 16384 + 1);
        OverlayDevice_over_a_disk.Corrupt(control, 101);

        var opening = () => rig.Open();

        opening.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
    }

    [Fact]
    public void Notices_a_state_older_than_the_disks()
    {
        using var rig = RecoveryPoint_views.Filled(69, out _);
        var control = Path.Combine(rig.Directory, "control");
        var old = File.ReadAllBytes(control);
        rig.Source.Scribble(20);
        rig.Source.Mark();
        rig.Source.Scribble(20);
        rig.Source.Mark();
        rig.SendAll();
        rig.Drain();
        rig.Store.Dispose();
        File.WriteAllBytes(control, old);

        rig.Open();

        rig.Store.Fault!.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
    }

    [Fact]
    public void Refuses_a_batch_that_changes_what_is_not_there()
    {
        using var rig = WithUnappliedEpoch(70, out _);
        rig.Source.Mark();
        var batch = rig.Source.BatchesAfter(rig.Store.Cursor, rig.Session)[^1];
        rig.Send([new Batch(batch.Header, PlainCodec.Encode(batch.Header, [new ReplicaChange(0, 99_999, 2, new byte[2])]))]);

        var draining = () => rig.Drain();

        draining.Should().Throw<AggregateException>().WithInnerException<ReplicationException>()
            .Which.Code.Should().Be(ErrorCodes.BatchRejected);
        new FileInfo(rig.Store.DiskPaths[0]).Length.Should().Be(100_000);
        Recovers(rig);
    }

    /// <summary>Where the interval holds a byte that the next epoch overwrote.</summary>
    private static int PositionOfSavedContent(string undo, byte[][] before, byte[][] after)
    {
        var file = File.ReadAllBytes(undo).AsSpan();
        for (var offset = 0; offset + 32 <= before[0].Length; offset += 32)
        {
            var content = before[0].AsSpan(offset, 32);
            if (!content.SequenceEqual(after[0].AsSpan(offset, 32)) && file.IndexOf(content) is > 0 and var position && content.ContainsAnyExcept((byte)0))
            {
                return position;
            }
        }

        throw new InvalidOperationException("The epoch overwrote nothing.");
    }

    /// <summary>Replication goes on with the next session, and everything is right again.</summary>
    private static void Recovers(ReplicaRig rig)
    {
        rig.Source.Scribble(5);
        rig.Source.Mark();
        rig.SendAll();
        rig.Drain();
        rig.Store.Fault.Should().BeNull();
        rig.CheckApplied();
        ReplicaRig.CheckEqual(rig.ReadPoint(rig.Store.Points[^1].Id), rig.Source.CopyAt(rig.Store.Points[^1].Id), "newest point");
        rig.Reopen();
        rig.Store.Fault.Should().BeNull();
        rig.CheckApplied();
    }

    /// <summary>Three points, and an epoch stored but not ended.</summary>
    private static ReplicaRig WithUnappliedEpoch(int seed, out long batches)
    {
        var rig = RecoveryPoint_views.Filled(seed, out _);
        rig.Source.Scribble(30);
        rig.SendAll();
        batches = rig.Store.Cursor.NextBatch;
        return rig;
    }

    /// <summary>Closed in the middle of applying the fourth epoch.</summary>
    private static ReplicaRig HalfApplied(int seed)
    {
        var rig = RecoveryPoint_views.Filled(seed, out _);
        var writes = 0;
        rig.Step = s => FailAt(s, ref writes);
        rig.Source.Scribble(30);
        rig.Source.Mark();
        rig.SendAll();
        SpinWait.SpinUntil(() => rig.Store.Fault is not null, TimeSpan.FromSeconds(60)).Should().BeTrue();
        rig.Step = null;
        rig.Store.Dispose();
        return rig;
    }

    private static void FailAt(string step, ref int writes)
    {
        if (step == "base.write" && ++writes == 12)
        {
            throw new ReplicationException(ErrorCodes.DiskFailed, "Input/output error (injected).", isTransient: false);
        }
    }
}
