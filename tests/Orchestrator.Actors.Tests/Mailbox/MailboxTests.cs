using System.Collections.Concurrent;
using Orchestrator.Actors.Mailbox;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Mailbox;

public sealed class MailboxTests
{
    [Fact]
    public async Task Keeps_the_order_of_each_sender()
    {
        const int Senders = 4, Each = 20_000;
        await using var system = ThreadedRun.NewSystem();
        var last = new int[Senders];
        var (handled, disorder) = (0, 0);
        var done = new TaskCompletionSource();
        var actor = system.Spawn("a", () => new Scripted<(int Sender, int Number)>((message, _) =>
        {
            if (message.Number != ++last[message.Sender])
                disorder++;

            if (++handled == Senders * Each)
                done.SetResult();
        }));

        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var number = 1; number <= Each; number++)
                actor.Tell((sender, number));
        }))).Bounded();

        await done.Task.Bounded();
        disorder.Should().Be(0);
    }

    [Fact]
    public async Task Never_runs_two_turns_at_once()
    {
        const int Messages = 40_000;
        await using var system = ThreadedRun.NewSystem();
        var (inside, overlaps, handled) = (0, 0, 0);
        var done = new TaskCompletionSource();
        var actor = system.Spawn("a", () => new Scripted<int>(async (message, _) =>
        {
            if (Interlocked.Increment(ref inside) != 1)
                overlaps++;

            if (message % 50 == 0)
                await Task.Yield();

            Interlocked.Decrement(ref inside);
            if (++handled == Messages)
                done.SetResult();
        }));

        Parallel.For(0, Messages, number => actor.Tell(number));
        await done.Task.Bounded();
        overlaps.Should().Be(0);
    }

    /// <summary>
    /// The next message is sent the moment the previous one was handled, while the mailbox goes idle: a lost wake-up leaves it
    /// lying, and nobody sends another one to cover that up.
    /// </summary>
    [Fact]
    public async Task Loses_no_wake_up_when_going_idle()
    {
        const int Rounds = 200_000;
        await using var system = ThreadedRun.NewSystem();
        var handled = 0;
        var actor = system.Spawn("a", () => new Scripted<int>((_, _) => Volatile.Write(ref handled, handled + 1)));

        await Task.Run(() =>
        {
            for (var round = 1; round <= Rounds; round++)
            {
                Thread.SpinWait(round % 64); // sweeps over the few nanoseconds in which the mailbox lets go
                actor.Tell(round);
                ThreadedRun.SpinUntil(() => Volatile.Read(ref handled) == round, $"message {round} was never handled");
            }
        }).Bounded();

        handled.Should().Be(Rounds);
    }

    [Fact]
    public async Task Refuses_what_exceeds_the_limit_as_busy_and_counts_it()
    {
        await using var kit = new ActorTestKit(options: options => options with { MailboxCapacity = 3 });
        var probe = new TestProbe<int>(kit.System, "probe");

        var outcomes = Enumerable.Range(1, 5).Select(probe.Ref.Tell).ToList();
        await kit.IdleAsync();

        outcomes.Should().Equal(TellOutcome.Accepted, TellOutcome.Accepted, TellOutcome.Accepted, TellOutcome.Busy, TellOutcome.Busy);
        probe.Received.Should().Equal(1, 2, 3);
        kit.System.DeadLetters.Count.Should().Be(2);
        probe.Ref.Tell(6).Should().Be(TellOutcome.Accepted);
    }

    [Fact]
    public async Task Lets_others_run_after_the_quantum()
    {
        var dispatcher = new QueueDispatcher();
        var system = new ActorSystem(new ActorSystemOptions
        {
            Time = new ManualTime(), Random = new SeededRandom(1), Dispatcher = dispatcher, FairnessQuantum = 10,
        });
        var order = new List<string>();
        var greedy = system.Spawn("greedy", () => new Scripted<int>((_, _) => order.Add("g")));
        var modest = system.Spawn("modest", () => new Scripted<int>((_, _) => order.Add("m")));
        dispatcher.Run();

        for (var i = 0; i < 100; i++)
            greedy.Tell(i);

        modest.Tell(0);
        dispatcher.Run();
        var stopping = system.StopAsync();
        dispatcher.Run();
        await stopping.Bounded();

        order.IndexOf("m").Should().Be(10);
        order.Should().HaveCount(101);
    }

    [Fact]
    public async Task Handles_a_stop_ahead_of_waiting_messages()
    {
        await using var kit = new ActorTestKit();
        var probe = new TestProbe<int>(kit.System, "probe");
        await kit.IdleAsync();

        probe.Ref.Tell(1);
        probe.Ref.Tell(2);
        probe.Ref.Stop();
        await kit.IdleAsync();

        probe.Received.Should().BeEmpty();
        kit.System.DeadLetters.Count.Should().Be(2);
        probe.Ref.Tell(3).Should().Be(TellOutcome.Stopped);
        probe.Ref.WhenStopped.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public async Task Keeps_the_turn_while_a_handler_waits()
    {
        await using var kit = new ActorTestKit();
        var order = new List<string>();
        var actor = kit.System.Spawn("a", () => new Scripted<string>(async (message, context) =>
        {
            order.Add($"{message} begins");
            await Task.Delay(TimeSpan.FromSeconds(1), context.Time);
            order.Add($"{message} ends");
        }));

        actor.Tell("first");
        actor.Tell("second");
        await kit.AdvanceAsync(TimeSpan.FromSeconds(1.5));
        actor.Stop();
        await kit.AdvanceAsync(TimeSpan.FromSeconds(1));

        order.Should().Equal("first begins", "first ends", "second begins", "second ends");
        actor.WhenStopped.IsCompleted.Should().BeTrue("the stop waited for the turn");
    }
}

/// <summary>First in, first out, on the caller's thread.</summary>
internal sealed class QueueDispatcher : IDispatcher
{
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _items = new();

    public void Schedule(IThreadPoolWorkItem item) => _items.Enqueue(item);

    public void Run()
    {
        while (_items.TryDequeue(out var item))
            item.Execute();
    }
}
