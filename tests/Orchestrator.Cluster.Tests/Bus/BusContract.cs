using Orchestrator.Cluster.Bus;

namespace Orchestrator.Cluster.Tests.Bus;

/// <summary>What every transport promises. Each provider inherits it.</summary>
public abstract class BusContract
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private static readonly BusOptions Small = new()
    {
        WindowFrames = 4,
        ShardWindowFrames = 3,
        WaitingFrames = 8,
        MaxFrameBytes = 4096,
        WindowBytes = 8192,
        WaitingBytes = 65536,
    };

    protected abstract BusRig NewRig(BusOptions? options = null, int protocol = BusProtocol.Current);

    [Fact]
    public Task Brings_every_outcome_back_as_the_receiver_gave_it() => With(NewRig(), async (rig, peer) =>
    {
        BusOutcome[] outcomes =
        [
            new BusOutcome.NotOwner(BusRig.IncarnationB, 43), new BusOutcome.NotOwner(null, 0),
            new BusOutcome.Moved(BusRig.IncarnationA, TimeSpan.FromMilliseconds(250)), BusOutcome.Busy.Instance,
            new BusOutcome.Unavailable(TimeSpan.FromSeconds(2), "ORC4503", "It backs off."), new BusOutcome.Failed("ORC4506", "It failed: ü€𝄞"),
            new BusOutcome.Unknown("ORC4507", "Not confirmed."),
        ];
        foreach (var outcome in outcomes)
        {
            rig.Receiver.Answer = _ => outcome;
            (await peer.AskAsync(BusRig.Message(), Long)).Should().Be(outcome);
        }

        rig.Receiver.Answer = delivery => new BusOutcome.Ok(delivery.Message.Body);
        var answer = await peer.AskAsync(BusRig.Message() with { Body = new byte[] { 1, 2, 3 } }, Long);
        answer.Should().BeOfType<BusOutcome.Ok>().Which.Body.ToArray().Should().Equal(1, 2, 3);
    });

    [Fact]
    public Task Carries_who_sends_what_to_whom_and_on_whose_behalf() => With(NewRig(), async (rig, peer) =>
    {
        const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        var message = new BusMessage(200, long.MaxValue, 9, "Datenbank ü/1", new byte[] { 7 }, Trace, 1);
        await peer.AskAsync(message, Long);
        var arrived = rig.Receiver.Arrived.Items.Single();
        arrived.From.Should().Be(rig.A);
        arrived.IsAsk.Should().BeTrue();
        arrived.Message.Should().BeEquivalentTo(message, options => options.Excluding(m => m.Body));
        arrived.Message.Body.ToArray().Should().Equal(7);
        arrived.Remaining.Should().BePositive().And.BeLessThanOrEqualTo(Long);
        peer.Peer.Should().Be(rig.B);
        peer.State.Should().Be(PeerState.Open);
    });

    [Fact]
    public Task Keeps_the_order_of_messages_to_one_shard() => With(NewRig(Small), async (rig, peer) =>
    {
        var sent = new List<Task<BusOutcome>>();
        for (var number = 0; number < 300; number++)
        {
            var message = BusRig.Message($"{number}", shard: number % 2);
            sent.Add(number % 3 == 0 ? peer.AskAsync(message, Long) : peer.TellAsync(message, Long));
            if (sent.Count >= 6) await sent[^6];
        }

        foreach (var task in sent) (await task).Should().BeOfType<BusOutcome.Ok>();
        await rig.Receiver.Arrived.CountAsync(300);
        foreach (var shard in (int[])[0, 1])
        {
            var numbers = rig.Receiver.Arrived.Items.Where(item => item.Message.Shard == shard).Select(item => int.Parse(item.Message.EntityName));
            numbers.Should().BeInAscendingOrder().And.HaveCount(150);
        }
    });

    [Fact]
    public Task Gives_64_concurrent_asks_each_its_own_answer() => With(NewRig(), async (rig, peer) =>
    {
        rig.Receiver.Answer = _ => null;
        var asks = Enumerable.Range(0, 64).Select(number => peer.AskAsync(BusRig.Message($"{number}", number % 8), Long)).ToList();
        await rig.Receiver.Arrived.CountAsync(64);
        foreach (var delivery in rig.Receiver.Arrived.Items.Reverse())
            delivery.Complete(new BusOutcome.Failed("ORC4506", delivery.Message.EntityName)).Should().BeTrue();

        for (var number = 0; number < 64; number++) (await asks[number]).Should().Be(new BusOutcome.Failed("ORC4506", $"{number}"));
    });

    [Fact]
    public Task Answers_once_however_often_a_delivery_is_completed() => With(NewRig(), async (rig, peer) =>
    {
        rig.Receiver.Answer = _ => null;
        var ask = peer.AskAsync(BusRig.Message(), Long);
        await rig.Receiver.Arrived.CountAsync(1);
        rig.Receiver.Arrived.Items[0].Complete(BusOutcome.Busy.Instance).Should().BeTrue();
        rig.Receiver.Arrived.Items[0].Complete(new BusOutcome.Ok(default)).Should().BeFalse();
        (await ask).Should().Be(BusOutcome.Busy.Instance);
    });

    [Fact]
    public Task Lets_a_sender_wait_for_a_slow_receiver_and_refuses_what_is_too_much() => With(NewRig(Small), async (rig, peer) =>
    {
        rig.Receiver.Answer = _ => null;
        var asks = Enumerable.Range(0, 12).Select(number => peer.AskAsync(BusRig.Message($"{number}", number), Long)).ToList();
        await rig.Receiver.Arrived.CountAsync(4);
        var more = Enumerable.Range(12, 12).Select(number => peer.AskAsync(BusRig.Message($"{number}", number), Long)).ToList();
        foreach (var refused in more.TakeLast(8)) (await refused).Should().Be(BusOutcome.Busy.Instance);
        rig.Receiver.Arrived.Items.Should().HaveCount(4, "the window has room for four");

        rig.Receiver.Answer = delivery => new BusOutcome.Ok(delivery.Message.Body);
        foreach (var delivery in rig.Receiver.Arrived.Items.Take(4)) delivery.Complete(new BusOutcome.Ok(default));
        foreach (var ask in asks.Concat(more.SkipLast(8)))
            (await ask).Should().Match(outcome => outcome is BusOutcome.Ok || outcome is BusOutcome.Busy);

        asks.Concat(more).Count(ask => ask.Result is BusOutcome.Ok).Should().BeInRange(12, 16);
    });

    [Fact]
    public Task Does_not_let_one_slow_shard_block_the_others() => With(NewRig(Small), async (rig, peer) =>
    {
        rig.Receiver.Answer = delivery => delivery.Message.Shard == 1 ? null : new BusOutcome.Ok(default);
        var slow = Enumerable.Range(0, 6).Select(number => peer.AskAsync(BusRig.Message($"slow {number}", 1), Long)).ToList();
        for (var number = 0; number < 20; number++)
            (await peer.AskAsync(BusRig.Message($"fast {number}", 2), Long)).Should().BeOfType<BusOutcome.Ok>();

        rig.Receiver.Arrived.Items.Count(item => item.Message.Shard == 1).Should().Be(3, "that is the share of one shard");
        rig.Receiver.Answer = _ => new BusOutcome.Ok(default);
        foreach (var delivery in rig.Receiver.Arrived.Items) delivery.Complete(new BusOutcome.Ok(default));
        foreach (var ask in slow) (await ask).Should().BeOfType<BusOutcome.Ok>();
    });

    [Fact]
    public Task Counts_bytes_against_the_window_as_well() => With(NewRig(Small with { ShardWindowBytes = 8192 }), async (rig, peer) =>
    {
        rig.Receiver.Answer = _ => null;
        var asks = Enumerable.Range(0, 4).Select(number => peer.AskAsync(BusRig.Message($"{number}", 1, bytes: 3000), Long)).ToList();
        await rig.Receiver.Arrived.CountAsync(2);
        var small = peer.AskAsync(BusRig.Message("small", 2), Long);
        await rig.Receiver.Arrived.UntilAsync(items => items.Count == 2);
        rig.Receiver.Answer = _ => new BusOutcome.Ok(default);
        foreach (var delivery in rig.Receiver.Arrived.Items) delivery.Complete(new BusOutcome.Ok(default));
        foreach (var ask in asks.Append(small)) (await ask).Should().BeOfType<BusOutcome.Ok>();
        rig.Receiver.Names.Take(2).Should().Equal("0", "1");
    });

    [Fact]
    public Task Gives_the_credit_of_tells_back() => With(NewRig(Small), async (rig, peer) =>
    {
        for (var number = 0; number < 100; number++)
            (await peer.TellAsync(BusRig.Message($"{number}"), Long)).Should().BeOfType<BusOutcome.Ok>();

        await rig.Receiver.Arrived.CountAsync(100);
        rig.Receiver.Arrived.Items.Should().OnlyContain(delivery => !delivery.IsAsk);
    });

    [Fact]
    public Task Ends_an_ask_without_answer_as_unknown_and_one_never_sent_as_not_done() => With(NewRig(Small), async (rig, peer) =>
    {
        rig.Receiver.Answer = _ => null;
        var sent = Enumerable.Range(0, 3).Select(number => peer.AskAsync(BusRig.Message($"sent {number}"), TimeSpan.FromSeconds(1))).ToList();
        await rig.Receiver.Arrived.CountAsync(3);
        var waiting = peer.AskAsync(BusRig.Message("waiting"), TimeSpan.FromMilliseconds(500));
        (await waiting).Should().BeOfType<BusOutcome.Failed>().Which.Code.Should().Be(ClusterErrorCodes.DeadlinePassed);
        foreach (var ask in sent) (await ask).Should().BeOfType<BusOutcome.Unknown>().Which.Code.Should().Be(ClusterErrorCodes.NoReply);

        var first = rig.Receiver.Arrived.Items[0];
        first.Remaining.Should().BeLessThan(TimeSpan.FromMilliseconds(500));
        rig.Receiver.Answer = _ => new BusOutcome.Ok(default);
        first.Complete(new BusOutcome.Ok(default)); // Late, but it makes room.
        (await peer.AskAsync(BusRig.Message("next"), Long)).Should().BeOfType<BusOutcome.Ok>();
        rig.Receiver.Names.Should().NotContain("waiting");
    });

    [Fact]
    public Task Refuses_a_deadline_that_has_passed_already() => With(NewRig(), async (rig, peer) =>
    {
        var outcome = await peer.AskAsync(BusRig.Message(), TimeSpan.Zero);
        outcome.Should().BeOfType<BusOutcome.Failed>().Which.Code.Should().Be(ClusterErrorCodes.DeadlinePassed);
        rig.Receiver.Arrived.Items.Should().BeEmpty();
    });

    [Fact]
    public Task Ends_a_wait_when_it_is_cancelled_and_does_not_send_what_was_not_sent() => With(NewRig(Small), async (rig, peer) =>
    {
        rig.Receiver.Answer = _ => null;
        using var cancellation = new CancellationTokenSource();
        var sent = Enumerable.Range(0, 3).Select(_ => peer.AskAsync(BusRig.Message("sent"), Long, cancellation.Token)).ToList();
        await rig.Receiver.Arrived.CountAsync(3);
        var waiting = peer.AskAsync(BusRig.Message("waiting"), Long, cancellation.Token);
        cancellation.Cancel();
        foreach (var ask in sent.Append(waiting)) await Throws<OperationCanceledException>(ask);
        rig.Receiver.Answer = _ => new BusOutcome.Ok(default);
        foreach (var delivery in rig.Receiver.Arrived.Items) delivery.Complete(BusOutcome.Busy.Instance);
        (await peer.AskAsync(BusRig.Message("next"), Long)).Should().BeOfType<BusOutcome.Ok>();
        rig.Receiver.Names.Should().Equal("sent", "sent", "sent", "next");
    });

    [Fact]
    public Task Ends_every_message_when_the_connection_breaks_and_connects_anew() => With(NewRig(Small), async (rig, peer) =>
    {
        rig.Receiver.Answer = _ => null;
        var asks = Enumerable.Range(0, 8).Select(number => peer.AskAsync(BusRig.Message($"{number}", number), Long)).ToList();
        await rig.Receiver.Arrived.CountAsync(4);
        rig.BreakConnections();
        var outcomes = new List<BusOutcome>();
        foreach (var ask in asks) outcomes.Add(await ask);
        outcomes.OfType<BusOutcome.Unknown>().Should().HaveCount(4).And.OnlyContain(outcome => outcome.Code == ClusterErrorCodes.ConnectionLost);
        outcomes.OfType<BusOutcome.Unavailable>().Should().HaveCount(4).And.OnlyContain(outcome => outcome.Code == ClusterErrorCodes.ConnectionLost);

        rig.Receiver.Answer = _ => new BusOutcome.Ok(default);
        await rig.EventsOfA.UntilAsync(events => events.OfType<BusEvent.Connected>().Count() == 2);
        (await peer.AskAsync(BusRig.Message("after"), Long)).Should().BeOfType<BusOutcome.Ok>();
        rig.Receiver.Names.Should().HaveCount(5, "what was under way is not sent a second time");
        rig.Receiver.Arrived.Items[0].Complete(new BusOutcome.Ok(default)).Should().BeFalse("nobody hears that any more");
    });

    [Fact]
    public Task Notices_a_peer_that_has_fallen_silent() => With(
        NewRig(new BusOptions { PingInterval = TimeSpan.FromMilliseconds(200), SilenceLimit = TimeSpan.FromSeconds(1), ConnectTimeout = TimeSpan.FromSeconds(1) }),
        async (rig, peer) =>
        {
            rig.Receiver.Answer = _ => null;
            var ask = peer.AskAsync(BusRig.Message(), Long);
            await rig.Receiver.Arrived.CountAsync(1);
            rig.Silence();
            (await ask).Should().BeOfType<BusOutcome.Unknown>().Which.Code.Should().Be(ClusterErrorCodes.PeerSilent);
            var ended = await rig.EventsOfB.FirstAsync<BusEvent.Ended>();
            ended.Fault!.Code.Should().BeOneOf(ClusterErrorCodes.PeerSilent, ClusterErrorCodes.ConnectionLost);
        });

    [Fact]
    public Task Keeps_a_quiet_connection() => With(
        NewRig(new BusOptions { PingInterval = TimeSpan.FromMilliseconds(50), SilenceLimit = TimeSpan.FromMilliseconds(1500) }),
        async (rig, peer) =>
        {
            rig.Receiver.Answer = _ => null;
            // The ask's own deadline is the clock here: it lies beyond the silence limit.
            var outcome = await peer.AskAsync(BusRig.Message(), TimeSpan.FromSeconds(2));
            outcome.Should().BeOfType<BusOutcome.Unknown>().Which.Code.Should().Be(ClusterErrorCodes.NoReply);
            rig.EventsOfA.Items.Should().NotContain(item => item is BusEvent.Disconnected);
        });

    [Fact]
    public Task Gives_up_a_peer_that_leaves_messages_unfinished() => With(
        NewRig(Small with { PingInterval = TimeSpan.FromMilliseconds(100), StallLimit = TimeSpan.FromMilliseconds(300) }),
        async (rig, peer) =>
        {
            rig.Receiver.Answer = _ => null;
            _ = peer.AskAsync(BusRig.Message(), TimeSpan.FromMilliseconds(100));
            var lost = await rig.EventsOfA.FirstAsync<BusEvent.Disconnected>();
            lost.Fault.Code.Should().Be(ClusterErrorCodes.PeerStalled);
        });

    [Fact]
    public Task Says_at_once_that_nobody_listens_and_connects_when_somebody_does() => With(NewRig(), async (rig, peer) =>
    {
        var refused = (await peer.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Unavailable>().Subject;
        refused.Code.Should().Be(ClusterErrorCodes.PeerUnreachable);
        refused.RetryAfter.Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(5));
        await rig.EventsOfA.UntilAsync(events => events.OfType<BusEvent.Disconnected>().Count() >= 3);
        rig.EventsOfA.Items.OfType<BusEvent.Disconnected>().First().RetryIn.Should()
            .BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(50)).And.BeLessThanOrEqualTo(TimeSpan.FromMilliseconds(100));

        await rig.ListenAsync();
        await rig.EventsOfA.FirstAsync<BusEvent.Connected>();
        (await peer.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Ok>();
    }, isListening: false);

    [Fact]
    public Task Finishes_what_is_under_way_when_the_receiver_leaves() => With(NewRig(Small), async (rig, peer) =>
    {
        rig.Receiver.Answer = _ => null;
        var asks = Enumerable.Range(0, 4).Select(number => peer.AskAsync(BusRig.Message($"{number}"), Long)).ToList();
        await rig.Receiver.Arrived.CountAsync(3);
        var draining = rig.DrainAsync();
        (await asks[3]).Should().BeOfType<BusOutcome.Unavailable>().Which.Code.Should().Be(ClusterErrorCodes.Draining);
        (await peer.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Unavailable>().Which.Code.Should().Be(ClusterErrorCodes.Draining);
        foreach (var delivery in rig.Receiver.Arrived.Items) delivery.Complete(new BusOutcome.Ok(default)).Should().BeTrue();
        foreach (var ask in asks.Take(3)) (await ask).Should().BeOfType<BusOutcome.Ok>();
        await draining;
        (await rig.EventsOfB.FirstAsync<BusEvent.Ended>()).Fault.Should().BeNull();
    });

    [Fact]
    public Task Finishes_what_is_under_way_when_the_sender_closes() => With(NewRig(Small), async (rig, peer) =>
    {
        rig.Receiver.Answer = _ => null;
        var asks = Enumerable.Range(0, 5).Select(number => peer.AskAsync(BusRig.Message($"{number}"), Long)).ToList();
        await rig.Receiver.Arrived.CountAsync(3);
        var closing = peer.CloseAsync();
        (await peer.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Unavailable>().Which.Code.Should().Be(ClusterErrorCodes.ConnectionClosed);
        rig.Receiver.Answer = _ => new BusOutcome.Ok(default);
        foreach (var delivery in rig.Receiver.Arrived.Items) delivery.Complete(new BusOutcome.Ok(default));
        foreach (var ask in asks) (await ask).Should().BeOfType<BusOutcome.Ok>();
        await closing;
        peer.State.Should().Be(PeerState.Closed);
        (await rig.EventsOfB.FirstAsync<BusEvent.Ended>()).Fault.Should().BeNull();
    });

    [Fact]
    public Task Closes_in_bounded_time_whatever_the_receiver_does() => With(
        NewRig(new BusOptions { DrainLimit = TimeSpan.FromMilliseconds(300) }), async (rig, peer) =>
        {
            rig.Receiver.Answer = _ => null;
            var ask = peer.AskAsync(BusRig.Message(), Long);
            await rig.Receiver.Arrived.CountAsync(1);
            await peer.CloseAsync();
            (await ask).Should().BeOfType<BusOutcome.Unknown>().Which.Code.Should().Be(ClusterErrorCodes.ConnectionClosed);
        });

    [Fact]
    public Task Survives_a_receiver_that_throws() => With(NewRig(), async (rig, peer) =>
    {
        rig.Receiver.Answer = _ => throw new InvalidOperationException("no such kind");
        (await peer.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Failed>().Which.Code.Should().Be(ClusterErrorCodes.ReceiverFailed);
        rig.Receiver.Answer = _ => new BusOutcome.Ok(default);
        (await peer.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Ok>();
        rig.EventsOfA.Items.OfType<BusEvent.Connected>().Should().HaveCount(1);
    });

    [Fact]
    public Task Refuses_what_does_not_fit_a_frame_in_either_direction() => With(NewRig(Small), async (rig, peer) =>
    {
        (await peer.AskAsync(BusRig.Message(bytes: 4000), Long)).Should().BeOfType<BusOutcome.Failed>().Which.Code.Should().Be(ClusterErrorCodes.FrameTooLarge);
        rig.Receiver.Arrived.Items.Should().BeEmpty();
        rig.Receiver.Answer = _ => new BusOutcome.Ok(new byte[4097]);
        (await peer.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Failed>().Which.Code.Should().Be(ClusterErrorCodes.FrameTooLarge);
        rig.Receiver.Answer = _ => new BusOutcome.Ok(new byte[3000]);
        (await peer.AskAsync(BusRig.Message(bytes: 3000), Long)).Should().BeOfType<BusOutcome.Ok>().Which.Body.Length.Should().Be(3000);
    });

    [Fact]
    public Task Refuses_a_message_nobody_could_receive() => With(NewRig(), async (rig, peer) =>
    {
        await Throws<ArgumentException>(() => peer.AskAsync(BusRig.Message(""), Long));
        await Throws<ArgumentException>(() => peer.AskAsync(BusRig.Message(new string('x', 201)), Long));
        await Throws<ArgumentException>(() => peer.AskAsync(BusRig.Message("half \ud800"), Long));
        await Throws<ArgumentException>(() => peer.TellAsync(BusRig.Message() with { TraceParent = new string('0', 65) }, Long));
        (await peer.AskAsync(BusRig.Message("whole \ud834\udd1e"), Long)).Should().BeOfType<BusOutcome.Ok>();
    });

    [Fact]
    public Task Refuses_a_version_it_does_not_know() => With(NewRig(protocol: 9), async (rig, peer) =>
    {
        (await peer.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Unavailable>().Which.Code.Should().Be(ClusterErrorCodes.VersionRefused);
        peer.LastFault!.IsTransient.Should().BeFalse();
        rig.Receiver.Arrived.Items.Should().BeEmpty();
    });

    [Fact]
    public async Task Refuses_an_incarnation_that_was_not_asked_for()
    {
        await using var rig = NewRig();
        await rig.RunAsync(async () =>
        {
            await rig.ListenAsync();
            await using var wrong = rig.Connect(BusRig.IncarnationA);
            (await wrong.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Unavailable>().Which.Code.Should().Be(ClusterErrorCodes.IdentityRefused);
            await using var right = rig.Connect(BusRig.IncarnationB);
            (await right.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Ok>();
        });
    }

    private static async Task With(BusRig rig, Func<BusRig, IPeerConnection, Task> steps, bool isListening = true)
    {
        await using var owned = rig;
        await rig.RunAsync(async () =>
        {
            if (isListening) await rig.ListenAsync();
            var peer = rig.Connect();
            await steps(rig, peer);
            rig.Receiver.Answer = _ => new BusOutcome.Ok(default);
            foreach (var delivery in rig.Receiver.Arrived.Items) delivery.Complete(BusOutcome.Busy.Instance);
            await peer.CloseAsync();
        });
    }

    private static async Task Throws<TException>(Task task)
        where TException : Exception
    {
        Exception? error = null;
        try
        {
            await task;
        }
        catch (TException expected)
        {
            error = expected;
        }

        error.Should().NotBeNull();
    }

    private static async Task Throws<TException>(Func<Task> act)
        where TException : Exception
    {
        Exception? error = null;
        try
        {
            await act();
        }
        catch (TException expected)
        {
            error = expected;
        }

        error.Should().NotBeNull();
    }
}
