using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Target;

public class Replica_ingesting
{
    [Fact]
    public void Takes_batches_in_any_order_from_several_threads_and_repeats_without_effect()
    {
        var source = new SourceModel(21, 200_000, 50_000);
        using var rig = new ReplicaRig(source);
        rig.Open();
        for (var i = 0; i < 10; i++)
        {
            source.Scribble(20);
            source.Mark();
        }

        var cursor = rig.Connect();
        var batches = source.BatchesAfter(cursor, rig.Session);
        var shuffled = batches.Concat(batches).OrderBy(_ => source.Random.Next()).ToList();
        Parallel.ForEach(shuffled, new ParallelOptions { MaxDegreeOfParallelism = 4 }, b => rig.Store.Ingest(b.Header, b.Frame));

        rig.Store.Cursor.NextBatch.Should().Be(batches.Count);
        rig.Store.Cursor.DurableSequence.Should().Be(source.Sequence);
        rig.Drain();
        rig.CheckPoints();
        rig.CheckApplied();
    }

    [Fact]
    public void Waits_at_a_gap_and_forgets_what_lies_beyond_it_with_the_next_session()
    {
        var (rig, batches) = WithBatches(22);
        using var _ = rig;
        rig.Send(batches.Take(1).Concat(batches.Skip(2)));

        rig.Store.Cursor.NextBatch.Should().Be(1);
        rig.Reopen().Cursor.NextBatch.Should().Be(1);
        rig.Store.Ingest(batches[1].Header, batches[1].Frame).NextBatch.Should().Be(batches.Count);

        var (other, again) = WithBatches(23);
        using var __ = other;
        other.Send(again.Take(1).Concat(again.Skip(2)));
        var cursor = other.Connect();
        other.Send([.. other.Source.BatchesAfter(cursor, other.Session).Take(1)]);
        other.Store.Cursor.NextBatch.Should().Be(2);
        other.Reopen().Cursor.NextBatch.Should().Be(2);
        other.SendAll();
        other.Drain();
        other.CheckPoints();
    }

    [Fact]
    public void Applies_nothing_of_an_epoch_before_its_end_has_arrived()
    {
        var source = new SourceModel(24, 100_000);
        using var rig = new ReplicaRig(source);
        rig.Open();
        source.Scribble(5);
        source.Mark();
        rig.SendAll();
        rig.Drain();
        var before = rig.Store.Digest();

        source.Scribble(20);
        rig.Send(source.BatchesAfter(rig.Store.Cursor, rig.Session));

        rig.Store.Digest().Should().BeEquivalentTo(before);
        rig.Store.Cursor.DurableSequence.Should().Be(source.Sequence);
        rig.Store.Cursor.AppliedSequence.Should().Be(6);
    }

    [Fact]
    public void Fences_every_session_but_the_last()
    {
        var (rig, batches) = WithBatches(25);
        using var _ = rig;
        var old = rig.Session;
        rig.Connect();

        var ingesting = () => rig.Store.Ingest(batches[0].Header, batches[0].Frame);

        ingesting.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.SessionFenced);
        batches[0].Header.Session.Should().Be(old);
        rig.Reopen();
        ingesting.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.SessionFenced);
    }

    [Fact]
    public void Fences_a_source_whose_activation_is_over()
    {
        var (rig, _) = WithBatches(26);
        using var __ = rig;
        rig.Connect(activation: 5);

        var connecting = () => rig.Connect(activation: 4);

        connecting.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.SessionFenced);
        rig.Reopen();
        connecting.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.SessionFenced);
        rig.Connect(activation: 5);
    }

    [Fact]
    public void Rejects_what_does_not_continue_the_sequence_or_the_epoch()
    {
        var (rig, batches) = WithBatches(27);
        using var _ = rig;
        rig.Send(batches.Take(1));
        var header = batches[1].Header;

        Code(rig, header with { FirstSequence = header.FirstSequence + 1 }).Should().Be(ErrorCodes.BatchRejected);
        Code(rig, header with { Epoch = header.Epoch + 1 }).Should().Be(ErrorCodes.BatchRejected);
        Code(rig, header with { Number = -1 }).Should().Be(ErrorCodes.BatchRejected);
        Code(rig, header with { Number = 1_000_000 }).Should().Be(ErrorCodes.BatchRejected);
        Code(rig, header).Should().BeNull();
    }

    [Fact]
    public void Refuses_a_source_with_other_disks()
    {
        var (rig, _) = WithBatches(28);
        using var __ = rig;
        var request = rig.Source.Session();

        Code(rig, request with { DiskLengths = [.. request.DiskLengths, 4096] }).Should().Be(ErrorCodes.ReplicaState);
        Code(rig, request with { DiskLengths = [.. request.DiskLengths.Select(l => l - 512)] }).Should().Be(ErrorCodes.ReplicaState);
    }

    [Fact]
    public void Acknowledges_nothing_after_a_failed_flush_until_opened_anew()
    {
        var (rig, batches) = WithBatches(29);
        using var _ = rig;
        rig.Send(batches.Take(1));
        rig.Step = s => FailFlush(s, "ingest.flush");
        Code(rig, batches[1]).Should().Be(ErrorCodes.FlushFailed);
        rig.Step = null;

        Code(rig, batches[1]).Should().Be(ErrorCodes.FlushFailed);
        Code(rig, batches[2]).Should().Be(ErrorCodes.FlushFailed);
        rig.Store.Cursor.NextBatch.Should().Be(1);
        var connecting = () => rig.Connect();
        connecting.Should().Throw<ReplicationException>();
        rig.Reopen();
        rig.SendAll();
        rig.Drain();
        rig.CheckPoints();
    }

    [Fact]
    public async Task Stops_after_a_failed_flush_of_a_disk_and_applies_again_when_opened_anew()
    {
        var (rig, batches) = WithBatches(30);
        using var _ = rig;
        rig.Step = s => FailFlush(s, "base.flush");
        var all = Task.Run(() => rig.Send(batches), TestContext.Current.CancellationToken);
        var draining = () => rig.Store.DrainAsync(rig.Source.Sequence, TestContext.Current.CancellationToken);
        (await draining.Should().ThrowAsync<ReplicationException>()).Which.Code.Should().Be(ErrorCodes.FlushFailed);
        await all.ContinueWith(_ => { }, TestContext.Current.CancellationToken); // It may have met the same.
        rig.Store.Fault!.Code.Should().Be(ErrorCodes.FlushFailed);
        rig.Store.Cursor.AppliedSequence.Should().Be(0);
        rig.Step = null;
        Code(rig, batches[^1]).Should().Be(ErrorCodes.FlushFailed);

        rig.Reopen();
        rig.SendAll();
        rig.Drain();
        rig.CheckApplied();
        rig.CheckPoints();
    }

    [Fact]
    public async Task Slows_the_sender_down_while_the_applier_is_behind()
    {
        var (rig, batches) = WithBatches(31, credit: 40_000);
        using var _ = rig;
        using var hold = new ManualResetEventSlim();
        rig.Step = s => WaitFor(s, "base.flush", hold);
        var sending = Task.Run(() => rig.Send(batches), TestContext.Current.CancellationToken);
        SpinWait.SpinUntil(() => rig.Store.Cursor.CreditBytes < 40_000 || sending.IsCompleted, TimeSpan.FromSeconds(30)).Should().BeTrue();

        rig.Store.Cursor.CreditBytes.Should().BePositive();
        hold.Set();
        await sending;
        rig.Drain();

        rig.CheckPoints();
        rig.Store.Cursor.CreditBytes.Should().Be(40_000);
        rig.Store.BacklogBytes.Should().Be(0);
    }

    [Fact]
    public void Deletes_what_is_applied()
    {
        var source = new SourceModel(32, 500_000);
        using var rig = new ReplicaRig(source) { IngestSegmentBytes = 100_000 };
        rig.Open();
        for (var i = 0; i < 30; i++)
        {
            source.Scribble(20);
            source.Mark();
            rig.SendAll();
        }

        rig.Drain();
        source.Mark();
        rig.SendAll();
        rig.Drain();

        new DirectoryInfo(Path.Combine(rig.Directory, "ingest")).GetFiles().Sum(f => f.Length).Should().BeLessThan(100_000);
    }

    [Fact]
    public void Makes_each_step_durable_before_the_next_relies_on_it()
    {
        var source = new SourceModel(34, 100_000);
        using var rig = new ReplicaRig(source) { IngestSegmentBytes = 10_000 };
        rig.Open();
        source.Write(0, 0, [1]);
        source.Mark();
        rig.SendAll();
        rig.Drain();
        source.Write(0, 0, new byte[9000]);
        source.Write(0, 50_000, [2]);
        source.Mark();
        var steps = new List<string>();
        rig.Connect();
        rig.Step = s => { lock (steps) { steps.Add(s); } };
        rig.Send(source.BatchesAfter(rig.Store.Cursor, rig.Session, maxChanges: 1));
        rig.Drain();
        rig.Step = null;

        lock (steps)
        {
            steps.Where(s => s is "ingest.append" or "ingest.flush").Should().Equal(
                "ingest.append", "ingest.flush", "ingest.append", "ingest.flush");
            var applying = steps.Where(s => !s.StartsWith("ingest", StringComparison.Ordinal)).ToList();
            string.Join(' ', applying.Where((s, i) => i == 0 || applying[i - 1] != s)).Should().Be(
                "undo.append undo.flush base.write undo.append undo.flush base.write base.flush undo.create control.save");
            steps.IndexOf("ingest.delete").Should().BeGreaterThan(steps.IndexOf("control.save"));
        }
    }

    [Fact]
    public void Can_be_open_once_only()
    {
        var (rig, _) = WithBatches(33);
        using var __ = rig;
        using var second = new ReplicaRig(rig.Source, rig.Directory);

        var opening = () => second.Open();

        opening.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.DiskInUse);
    }

    private static (ReplicaRig Rig, IReadOnlyList<Batch> Batches) WithBatches(int seed, long credit = 64 * 1024 * 1024)
    {
        var source = new SourceModel(seed, 200_000, 50_000);
        var rig = new ReplicaRig(source) { CreditBytes = credit };
        rig.Open();
        for (var i = 0; i < 8; i++)
        {
            source.Scribble(16);
            source.Mark(i == 7 ? EpochKind.Final : EpochKind.CrashConsistent);
        }

        var cursor = rig.Connect();
        var batches = source.BatchesAfter(cursor, rig.Session);
        batches[0].Header.End.Should().BeNull("the tests need an epoch of several batches");
        return (rig, batches);
    }

    private static string? Code(ReplicaRig rig, BatchHeader header) => Code(rig, new Batch(header, PlainCodec.Encode(header, [])));

    private static string? Code(ReplicaRig rig, Batch batch) => CodeOf(() => rig.Store.Ingest(batch.Header, batch.Frame));

    private static string? Code(ReplicaRig rig, SessionRequest request) => CodeOf(() => rig.Store.OpenSession(request));

    private static string? CodeOf(Action action)
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

    private static void FailFlush(string step, string failing)
    {
        if (step == failing)
        {
            throw new ReplicationException(ErrorCodes.FlushFailed, "Input/output error (injected).", isTransient: false);
        }
    }

    private static void WaitFor(string step, string held, ManualResetEventSlim hold)
    {
        if (step == held)
        {
            hold.Wait(TimeSpan.FromSeconds(60));
        }
    }
}
