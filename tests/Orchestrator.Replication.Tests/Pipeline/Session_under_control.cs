using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Pipeline;

public sealed class Session_under_control : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task Cuts_no_point_while_nothing_changes_but_stays_truthful_about_what_can_be_recovered()
    {
        var time = new ManualTime();
        using var laboratory = new Laboratory(new byte[200_000]);
        laboratory.Options = laboratory.Options with { Time = time, PointInterval = TimeSpan.FromSeconds(5), IdleIntervals = 4 };
        var session = new ReplicationSession(laboratory.Options);
        var run = session.RunAsync(_stop.Token);
        await Conditions.Eventually(() => session.Status.Consistent && time.ActiveTimers > 0, "the copy ends");
        var points = laboratory.Source.Marks.Count;

        await PassAsync(time, session, 3);
        laboratory.Source.Marks.Should().HaveCount(points, "nothing has changed");
        session.Status.RecoverableAsOf.Should().Be(time.GetUtcNow());

        await PassAsync(time, session, 1);
        laboratory.Source.Marks.Should().HaveCount(points + 1, "four intervals are over");

        laboratory.Source.Write(0, 5, [1]);
        time.Advance(TimeSpan.FromSeconds(5));
        await Conditions.Eventually(() => laboratory.Source.Marks.Count == points + 2, "a change makes a point");
        await Conditions.Eventually(
            () => laboratory.Replica.Cursor.AppliedSequence == laboratory.Source.LastSequence, "the point arrives");
        var final = laboratory.Source.CutEpoch(EpochKind.Final, Guid.NewGuid());
        await session.DrainAsync(final, CancellationToken.None);
        for (var i = 0; i < 10; i++)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Conditions.Eventually(() => session.Status.RecoverableAsOf == time.GetUtcNow(), "the tick is worked off");
        }

        laboratory.Source.LastSequence.Should().Be(final.Sequence, "nothing is cut behind the final point");
        await StopAsync(run);
    }

    [Fact]
    public async Task Status_never_claims_more_than_the_replica_has_applied()
    {
        var time = new ManualTime();
        using var laboratory = new Laboratory(new byte[200_000]);
        laboratory.Options = laboratory.Options with { Time = time, PointInterval = TimeSpan.FromSeconds(5) };
        var session = new ReplicationSession(laboratory.Options);
        var run = session.RunAsync(_stop.Token);
        await Conditions.Eventually(() => session.Status.Consistent && time.ActiveTimers > 0, "the copy ends");
        laboratory.Replica.IsPaused = true;
        laboratory.Source.Write(0, 0, [1]);
        var mark = laboratory.Source.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
        await Conditions.Eventually(() => session.Status.AcknowledgedSequence == mark.Sequence, "the change is durable there");
        var before = session.Status.RecoverableAsOf;

        time.Advance(TimeSpan.FromSeconds(5));
        session.Status.RecoverableAsOf.Should().Be(before, "it is durable, but not applied");
        session.Status.AppliedSequence.Should().BeLessThan(mark.Sequence);

        laboratory.Replica.Resume();
        await Conditions.Eventually(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(5));
                return session.Status.AppliedSequence >= mark.Sequence;
            },
            "the clock asks the target");
        session.Status.RecoverableAsOf.Should().BeOnOrAfter(mark.TakenAt);
        await StopAsync(run);
    }

    [Fact]
    public async Task A_replica_that_was_fenced_by_a_later_activation_ends_the_session_for_good()
    {
        using var laboratory = new Laboratory(new byte[100_000]);
        var run = new ReplicationSession(laboratory.Options);
        var running = run.RunAsync(_stop.Token);
        await Conditions.Eventually(() => run.Status.Consistent, "the copy ends");
        laboratory.Replica.OpenSession(new SessionRequest(Guid.NewGuid(), laboratory.Source.Incarnation, 2, laboratory.Source.DiskLengths));
        laboratory.Source.Write(0, 0, [1]);

        var wait = () => running;
        var error = (await wait.Should().ThrowAsync<ReplicationException>()).Which;
        (error.Code, error.IsTransient).Should().Be((ErrorCodes.SessionFenced, false));
        (run.Status.Phase, run.Status.LastError!.Code, run.Status.NeedsResync)
            .Should().Be((ReplicationPhase.Failed, ErrorCodes.SessionFenced, false));
        var again = () => new ReplicationSession(laboratory.Options).RunAsync(_stop.Token);
        (await again.Should().ThrowAsync<ReplicationException>()).Which.Code.Should().Be(ErrorCodes.SessionFenced);
    }

    [Fact]
    public async Task A_full_target_ends_the_session_for_now_and_the_next_one_continues_when_there_is_space()
    {
        using var laboratory = new Laboratory(Laboratory.Disk(new Random(3), 5_000_000, 1));
        laboratory.Options = laboratory.Options with { CreditBytes = 2 << 20 };
        laboratory.Replica.Space = 2_500_000;
        var first = () => new ReplicationSession(laboratory.Options).RunAsync(_stop.Token);
        var error = (await first.Should().ThrowAsync<ReplicationException>()).Which;
        (error.Code, error.IsTransient).Should().Be((ErrorCodes.DiskFull, true));

        laboratory.Replica.Space = long.MaxValue;
        var readBefore = laboratory.Source.BytesReadStably;
        await laboratory.ReplicateUntilAsync(laboratory.FinalAsync());

        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
        (laboratory.Source.BytesReadStably - readBefore).Should().BeLessThan(4_000_000, "the copy continues behind what was acknowledged");
        laboratory.Source.Resets.Should().Be(1);
    }

    [Fact]
    public async Task Holds_no_more_memory_than_its_credit_when_the_target_stands_still()
    {
        using var laboratory = new Laboratory(Laboratory.Disk(new Random(4), 16_000_000, 1));
        laboratory.Options = laboratory.Options with { CreditBytes = 4 << 20 };
        var go = new TaskCompletionSource();
        laboratory.Link.Before = (_, stopping) => go.Task.WaitAsync(stopping);
        var session = new ReplicationSession(laboratory.Options);
        var run = session.RunAsync(_stop.Token);
        await Conditions.Eventually(() => session.PeakBytes > 2 << 20, "the pipeline fills");
        var before = laboratory.Source.BytesReadStably;
        for (var i = 0; i < 30; i++)
        {
            laboratory.Source.Write(0, i * 4096, new byte[4096]);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        session.PeakBytes.Should().BeLessThanOrEqualTo(4 << 20);
        (laboratory.Source.BytesReadStably - before).Should().BeLessThan(4 << 20, "reading stops as well");
        go.SetResult();
        await Conditions.Eventually(() => session.Status.Consistent, "it goes on");
        session.PeakBytes.Should().BeLessThanOrEqualTo(4 << 20);
        await StopAsync(run);
    }

    [Fact]
    public async Task Sends_no_more_beyond_the_durable_prefix_than_the_target_allows()
    {
        using var laboratory = new Laboratory(Laboratory.Disk(new Random(4), 12_000_000, 1));
        laboratory.Replica.Credit = 600_000;
        await laboratory.ReplicateUntilAsync(laboratory.FinalAsync());
        laboratory.Link.PeakBytes.Should().BeLessThan(2_100_000, "one batch above the credit goes alone");
        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
    }

    [Fact]
    public async Task Uses_its_connections_at_once()
    {
        using var laboratory = new Laboratory(Laboratory.Disk(new Random(4), 16_000_000, 1));
        laboratory.Options = laboratory.Options with { Connections = 3 };
        var three = new TaskCompletionSource();
        laboratory.Link.Before = (count, stopping) =>
        {
            if (count == 3)
            {
                three.SetResult();
            }

            return three.Task.WaitAsync(Conditions.Patience, stopping);
        };
        await laboratory.ReplicateUntilAsync(laboratory.FinalAsync());
        laboratory.Link.PeakInFlight.Should().Be(3);
    }

    [Fact]
    public async Task Stopping_is_prompt_although_the_target_does_not_answer()
    {
        using var laboratory = new Laboratory(Laboratory.Disk(new Random(4), 5_000_000, 1));
        laboratory.Link.Before = (_, stopping) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
        var session = new ReplicationSession(laboratory.Options);
        var run = session.RunAsync(_stop.Token);
        await Conditions.Eventually(() => laboratory.Link.Sends > 0, "a batch is on its way");
        await StopAsync(run);
        session.Status.Phase.Should().Be(ReplicationPhase.Stopped);

        var drain = () => session.DrainAsync(laboratory.Source.CutEpoch(EpochKind.Final, Guid.NewGuid()), CancellationToken.None);
        await drain.Should().ThrowAsync<ReplicationException>("nobody is left to finish it");
    }

    [Fact]
    public async Task Draining_waits_until_the_final_point_is_applied_not_only_stored()
    {
        using var laboratory = new Laboratory(Laboratory.Disk(new Random(4), 300_000));
        var session = new ReplicationSession(laboratory.Options);
        var run = session.RunAsync(_stop.Token);
        await Conditions.Eventually(() => session.Status.Consistent, "the copy ends");
        laboratory.Replica.IsPaused = true;
        laboratory.Source.Write(0, 77, [1, 2, 3]);
        var mark = laboratory.Source.CutEpoch(EpochKind.Final, Guid.NewGuid());
        var drained = session.DrainAsync(mark, CancellationToken.None);
        await Conditions.Eventually(() => session.Status.AcknowledgedSequence >= mark.Sequence, "it is stored");
        drained.IsCompleted.Should().BeFalse();

        laboratory.Replica.Resume();
        await drained.WaitAsync(Conditions.Patience);
        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
        await StopAsync(run);
    }

    [Fact]
    public async Task Releases_the_log_only_as_far_as_the_target_has_it()
    {
        using var laboratory = new Laboratory(new byte[100_000]);
        var session = new ReplicationSession(laboratory.Options);
        var run = session.RunAsync(_stop.Token);
        await Conditions.Eventually(() => session.Status.Consistent, "the copy ends");
        var go = new TaskCompletionSource();
        laboratory.Link.Before = (_, stopping) => go.Task.WaitAsync(stopping);
        var released = laboratory.Source.Released;
        laboratory.Source.Write(0, 0, [1]);
        var mark = laboratory.Source.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
        var sends = laboratory.Link.Sends;
        await Conditions.Eventually(() => laboratory.Link.Sends > sends, "the batch is on its way");
        laboratory.Source.Released.Should().BeLessThan(mark.Sequence);

        go.SetResult();
        await Conditions.Eventually(() => laboratory.Source.Released >= mark.Sequence, "it is released");
        laboratory.Source.Released.Should().BeGreaterThan(released);
        await StopAsync(run);
    }

    [Fact]
    public async Task Continues_in_the_middle_of_an_epoch_behind_marks_that_are_stored_but_not_applied()
    {
        using var laboratory = new Laboratory(new byte[3_000_000]);
        laboratory.Options = laboratory.Options with { PointInterval = TimeSpan.FromHours(1), CreditBytes = 2 << 20 };
        var session = new ReplicationSession(laboratory.Options);
        var run = session.RunAsync(_stop.Token);
        await Conditions.Eventually(() => session.Status.Consistent, "the copy ends");
        laboratory.Replica.IsPaused = true;
        laboratory.Source.Write(0, 0, [1]);
        laboratory.Source.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
        laboratory.Source.Write(0, 0, [2]);
        laboratory.Source.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
        WriteNoise(laboratory); // Two batches of the third epoch arrive, its mark does not.
        await Conditions.Eventually(() => laboratory.Source.Released > laboratory.Source.Marks[^1].Sequence, "the third epoch is stored in part");
        await StopAsync(run);
        laboratory.Options = laboratory.Options with { Mode = ReplicationMode.Delta };

        var stored = laboratory.Replica.Ingested.Count;
        await laboratory.ReplicateUntilAsync(Task.Run(async () =>
        {
            await Conditions.Eventually(() => laboratory.Replica.Ingested.Count > stored, "the second session sends");
            laboratory.Replica.Resume();
            return laboratory.Source.CutEpoch(EpochKind.Final, Guid.NewGuid());
        }));

        laboratory.AssertPointsAreExact();
        laboratory.Replica.Repeats.Should().Be(0);
        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
    }

    [Fact]
    public async Task Keeps_the_bandwidth_limit()
    {
        var time = new ManualTime();
        using var laboratory = new Laboratory(Laboratory.Disk(new Random(8), 3_000_000, 1));
        laboratory.Options = laboratory.Options with
        {
            Time = time, BytesPerSecond = 100_000, CreditBytes = 2 << 20, PointInterval = TimeSpan.FromHours(9),
        };
        var session = new ReplicationSession(laboratory.Options);
        var run = session.RunAsync(_stop.Token);
        await Conditions.Eventually(() => laboratory.Link.Sends == 1 && time.ActiveTimers >= 2, "the second batch waits");
        session.Status.SentBytes.Should().BeLessThan(700_000);
        await Conditions.Eventually(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return session.Status.Consistent;
            },
            "time passes");
        (time.GetUtcNow() - new ManualTime().GetUtcNow()).Should().BeGreaterThan(TimeSpan.FromSeconds(24));
        await StopAsync(run);
    }

    [Fact]
    public async Task A_lost_log_ends_the_session_and_asks_for_a_resync()
    {
        using var laboratory = new Laboratory(new byte[100_000]);
        var session = new ReplicationSession(laboratory.Options);
        var run = session.RunAsync(_stop.Token);
        await Conditions.Eventually(() => session.Status.Consistent, "the copy ends");
        laboratory.Source.Lose(ErrorCodes.ChangeLogFull);

        var wait = () => run;
        (await wait.Should().ThrowAsync<ReplicationException>()).Which.Code.Should().Be(ErrorCodes.ChangeLogFull);
        session.Status.NeedsResync.Should().BeTrue();
        var delta = () => new ReplicationSession(laboratory.Options with { Mode = ReplicationMode.Delta }).RunAsync(_stop.Token);
        (await delta.Should().ThrowAsync<ReplicationException>()).Which.Code.Should().Be(ErrorCodes.ChangeLogFull);
    }

    [Fact]
    public async Task Deltas_alone_are_refused_on_a_replica_of_another_history()
    {
        using var laboratory = new Laboratory(new byte[100_000]);
        laboratory.Options = laboratory.Options with { Mode = ReplicationMode.Delta };
        var session = new ReplicationSession(laboratory.Options);
        var run = () => session.RunAsync(_stop.Token);
        (await run.Should().ThrowAsync<ReplicationException>()).Which.Code.Should().Be(ErrorCodes.ReplicaState);
        session.Status.NeedsResync.Should().BeTrue();
        laboratory.Replica.Cursor.Incarnation.Should().Be(Guid.Empty, "nothing was opened");
    }

    [Fact]
    public void Refuses_options_that_contradict_each_other()
    {
        using var laboratory = new Laboratory(new byte[10]);
        ReplicationOptions[] wrong =
        [
            laboratory.Options with { DiskKeys = [] },
            laboratory.Options with { ProgressPath = null },
            laboratory.Options with { Mode = ReplicationMode.Resync, ResyncKey = null },
            laboratory.Options with { CreditBytes = 1 },
            laboratory.Options with { PointInterval = TimeSpan.Zero },
            laboratory.Options with { Connections = 0 },
        ];
        foreach (var options in wrong)
        {
            var create = () => new ReplicationSession(options);
            create.Should().Throw<ArgumentException>();
        }
    }

    private static void WriteNoise(Laboratory laboratory)
    {
        for (var i = 0; i < 40; i++)
        {
            laboratory.Source.Write(0, i * 65536, Laboratory.Disk(new Random(i), 65536, 1));
        }
    }

    private static async Task PassAsync(ManualTime time, ReplicationSession session, int intervals)
    {
        for (var i = 0; i < intervals; i++)
        {
            var claimed = session.Status.RecoverableAsOf;
            time.Advance(TimeSpan.FromSeconds(5));
            await Conditions.Eventually(() => session.Status.RecoverableAsOf != claimed, "the tick is worked off");
        }
    }

    private async Task StopAsync(Task run)
    {
        await _stop.CancelAsync();
        await run.WaitAsync(Conditions.Patience);
    }
}
