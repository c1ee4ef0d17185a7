using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Supervision;

namespace Orchestrator.Actors.Tests.Persistence;

public sealed class RecoveryTests
{
    private static readonly PersistenceId A = LedgerNode.Id("a");

    [Fact]
    public async Task Holds_commands_until_it_has_recovered()
    {
        await using var node = await LedgerNode.StartAsync();
        await node.AddAsync("a", "one");
        await node.Kit.CrashAsync();

        var asks = new[] { node.Add("a", "two"), node.Add("a", "three") };
        await node.Kit.IdleAsync();

        (await asks[1].Now()).Should().Be(3);
        var lines = node.Log.Lines.ToList();
        lines.IndexOf("recovered a at 1").Should().BeLessThan(lines.IndexOf("decide two"));
    }

    [Fact]
    public async Task Refuses_what_exceeds_the_mailbox_while_recovering()
    {
        await using var node = await LedgerNode.StartAsync(change: definition => definition with { MailboxCapacity = 1 });
        var first = node.Add("a", "one");
        var second = node.Add("a", "two");
        await node.Kit.IdleAsync();

        (await first.Now()).Should().Be(1);
        (await second.Awaiting(task => task.Now()).Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.Busy);
    }

    [Theory]
    [InlineData("payload", ActorErrorCodes.HistoryAltered)]
    [InlineData("hash", ActorErrorCodes.HistoryAltered)]
    [InlineData("removed", ActorErrorCodes.HistoryGap)]
    [InlineData("type", ActorErrorCodes.UnknownEvent)]
    [InlineData("body", ActorErrorCodes.ReplayFailed)]
    [InlineData("shredded", ActorErrorCodes.PayloadShredded)]
    public async Task Stops_loudly_at_a_history_it_cannot_trust(string damage, string code)
    {
        await using var node = await LedgerNode.StartAsync();
        foreach (var operation in new[] { "one", "two", "three" })
            await node.AddAsync("a", operation);

        node.Kit.Journal.Tamper(A, 2, stored => Damaged(node, stored, damage));
        await node.Kit.CrashAsync();
        var ask = node.Add("a", "four");
        await node.Kit.IdleAsync();

        (await ask.Awaiting(task => task.Now()).Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.Unavailable);
        var error = node.Kit.Events.OfType<KernelEvent.ActorFailed>().Last().Error.Should().BeOfType<RecoveryException>().Subject;
        error.Code.Should().Be(code);
        node.Kit.Journal.Appends.Should().BeEmpty();
    }

    [Fact]
    public async Task Is_quarantined_after_failing_the_same_way_and_returns_when_resumed()
    {
        await using var node = await LedgerNode.StartAsync(change: definition => definition with
        {
            QuarantineAfter = 3, Restart = new RestartPolicy { MinBackoff = TimeSpan.FromSeconds(1), Jitter = 0 },
        });
        await node.AddAsync("a", "one");
        JournalEvent? removed = null;
        node.Kit.Journal.Tamper(A, 1, stored => stored with { TypeId = (removed = stored).TypeId, Hash = new byte[32] });
        await node.Kit.CrashAsync();
        node.Region.Wake("a");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(10));

        node.Kit.Events.OfType<KernelEvent.EntityQuarantined>().Should().ContainSingle();
        node.Kit.Events.OfType<KernelEvent.ActorFailed>().Should().HaveCount(3);
        node.Region.Tell("a", new LedgerCommand.Read()).Should().Be(TellOutcome.Unavailable);

        node.Kit.Journal.Tamper(A, 1, _ => removed);
        node.Region.Resume("a").Should().Be(TellOutcome.Accepted);
        (await node.ReadAsync("a")).Sum.Should().Be(1);
    }

    [Fact]
    public async Task Does_not_count_a_failing_store_against_the_entity()
    {
        await using var node = await LedgerNode.StartAsync(change: definition => definition with { QuarantineAfter = 2 });
        await node.AddAsync("a", "one");
        await node.Kit.CrashAsync();
        node.Kit.Journal.FailReads(new JournalException("ORC4010", "down", isTransient: true, outcomeUnknown: false));
        node.Region.Wake("a");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(5));
        node.Kit.Events.OfType<KernelEvent.EntityQuarantined>().Should().BeEmpty();

        node.Kit.Journal.FailReads(null);
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await node.ReadAsync("a")).Sum.Should().Be(1);
    }

    [Fact]
    public async Task Gives_its_permit_back_also_when_it_fails()
    {
        await using var node = await LedgerNode.StartAsync(options: options => options with { RecoveryPermits = 1 });
        await node.AddAsync("a", "one");
        node.Kit.Journal.Tamper(A, 1, stored => stored with { Hash = new byte[32] });
        await node.Kit.CrashAsync();
        node.Region.Wake("a");
        node.Region.Wake("b");
        node.Region.Wake("c");
        await node.Kit.IdleAsync();

        node.Log.Lines.Should().Contain("recovered b at 0").And.Contain("recovered c at 0");
    }

    [Fact]
    public async Task Starts_from_the_newest_snapshot()
    {
        var codec = new LedgerSnapshots();
        await using var node = await StartWithSnapshots(codec, events: 7);

        (await node.ReadAsync("a")).Sum.Should().Be(7);
        codec.Decoded.Should().Be(1);
        Replayed(node).Should().Be(1, "the snapshot covers six of seven events");
    }

    [Theory]
    [InlineData("schema")]
    [InlineData("history")]
    [InlineData("bytes")]
    public async Task Falls_back_to_replay_when_no_snapshot_fits(string mismatch)
    {
        var codec = new LedgerSnapshots();
        await using var node = await StartWithSnapshots(codec, events: 7, crash: false);
        var journal = node.Kit.Journal;
        foreach (var number in new[] { 3, 6 })
        {
            var snapshot = (await node.Kit.RunAsync(() => journal.LoadSnapshotAsync(A, number, default).AsTask()))!;
            await node.Kit.RunAsync(() => journal.SaveSnapshotAsync(Misfit(snapshot, mismatch), default).AsTask());
        }

        await node.Kit.CrashAsync();

        (await node.ReadAsync("a")).Done.Should().HaveCount(7);
        Replayed(node).Should().Be(7);
        node.Kit.Events.OfType<KernelEvent.SnapshotIgnored>().Select(ignored => ignored.SequenceNr).Should().Equal(6, 3);
    }

    [Fact]
    public async Task Goes_on_from_a_snapshot_that_covers_what_was_shredded()
    {
        await using var node = await StartWithSnapshots(new LedgerSnapshots(), events: 7, crash: false);
        for (var number = 1; number <= 6; number++) node.Kit.Journal.Tamper(A, number, static stored => stored with { Payload = null });
        await node.Kit.CrashAsync();
        var ask = node.Add("a", "after");
        await node.Kit.IdleAsync();

        (await ask.Now()).Should().Be(8);
    }

    private static JournalSnapshot Misfit(JournalSnapshot snapshot, string mismatch) => mismatch switch
    {
        "schema" => snapshot with { Schema = 99 },
        "history" => snapshot with { EventHash = new byte[32] },
        _ => snapshot with { Payload = [1, 2, 3] },
    };

    private static int Replayed(LedgerNode node)
    {
        var lines = node.Log.Lines.ToList();
        return lines.Skip(lines.LastIndexOf("crash")).Count(line => line.StartsWith("apply", StringComparison.Ordinal));
    }

    private static async Task<LedgerNode> StartWithSnapshots(LedgerSnapshots codec, int events, bool crash = true)
    {
        var node = await LedgerNode.StartAsync(change: definition => definition with { Snapshots = codec, SnapshotEvery = 3 });
        for (var i = 1; i <= events; i++)
            await node.AddAsync("a", $"{i}");

        await node.Kit.IdleAsync();
        node.Log.Write("crash");
        if (crash)
            await node.Kit.CrashAsync();

        return node;
    }

    private static JournalEvent? Damaged(LedgerNode node, JournalEvent stored, string damage) => damage switch
    {
        "payload" => stored with { Payload = [1] },
        "hash" => stored with { Hash = new byte[32] },
        "removed" => null,
        "shredded" => stored with { Payload = null },
        "type" => Resealed(node, stored with { TypeId = 99 }),
        _ => Resealed(node, stored with { Payload = [1], PayloadHash = HashChain.HashPayload([1]) }),
    };

    private static JournalEvent Resealed(LedgerNode node, JournalEvent stored) => stored with
    {
        Hash = HashChain.Next(node.Kit.Journal.EventsOf(A)[0].Hash, A, stored.SequenceNr, stored.Epoch, stored.TypeId,
            stored.TypeVersion, stored.At, stored.Meta, stored.PayloadHash),
    };
}
