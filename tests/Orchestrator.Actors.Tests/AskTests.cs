using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests;

public sealed class AskTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Answers_the_asker()
    {
        await using var kit = new ActorTestKit();
        var probe = new TestProbe<int>(kit.System, "p") { Answer = number => number * 2 };

        (await kit.RunAsync(() => probe.Ref.Ask<int>(21, Second))).Should().Be(42);
    }

    [Fact]
    public async Task Expires_exactly_at_its_deadline_on_virtual_time()
    {
        await using var kit = new ActorTestKit();
        var ask = new TestProbe<int>(kit.System, "p").Ref.Ask<int>(1, Second);

        await kit.AdvanceAsync(Second - TimeSpan.FromTicks(1));
        ask.IsCompleted.Should().BeFalse();
        await kit.AdvanceAsync(TimeSpan.FromTicks(1));

        (await ask.Awaiting(task => task.Now()).Should().ThrowAsync<AskException>()).Which.Code.Should().Be(ActorErrorCodes.AskTimeout);
    }

    [Fact]
    public async Task Counts_an_answer_that_comes_too_late()
    {
        await using var kit = new ActorTestKit();
        var actor = kit.System.Spawn("slow", () => new Scripted<int>(async (_, context) =>
        {
            await Task.Delay(2 * Second, context.Time);
            context.Reply("late");
        }));
        var ask = actor.Ask<string>(1, Second);

        await kit.AdvanceAsync(3 * Second);

        ask.IsFaulted.Should().BeTrue();
        ask.Exception!.InnerException.Should().BeOfType<AskException>().Which.Reason.Should().Be(AskFailure.Timeout);
        kit.System.DeadLetters.LateReplies.Should().Be(1);
        kit.Events.OfType<KernelEvent.DeadLetter>().Single().Message.Should().Be("late");
    }

    [Fact]
    public async Task Fails_at_once_when_the_mailbox_is_full_or_the_actor_has_stopped()
    {
        await using var kit = new ActorTestKit(options: options => options with { MailboxCapacity = 1 });
        var probe = new TestProbe<int>(kit.System, "p");
        probe.Ref.Tell(1);
        await Failing(probe.Ref.Ask<int>(2, Second), AskFailure.Busy);

        probe.Ref.Stop();
        await kit.IdleAsync();
        await Failing(probe.Ref.Ask<int>(3, Second), AskFailure.Stopped);
    }

    [Fact]
    public async Task Tells_the_asker_when_the_actor_fails_or_answers_with_another_type()
    {
        await using var kit = new ActorTestKit();
        var actor = kit.System.Spawn("a", () => new Scripted<string>((message, context) =>
            context.Reply(message == "fail" ? throw new InvalidOperationException("bad") : "text")));

        var failed = actor.Ask<string>("fail", Second);
        var wrong = actor.Ask<int>("answer", Second);
        await kit.AdvanceAsync(Second / 2);

        await Failing(failed, AskFailure.Failed);
        await Failing(wrong, AskFailure.WrongReplyType);
    }

    [Fact]
    public async Task Can_be_answered_in_a_later_turn()
    {
        await using var kit = new ActorTestKit();
        ReplyTarget? kept = null;
        var actor = kit.System.Spawn("a", () => new Scripted<string>((message, context) =>
        {
            if (message == "question")
                kept = context.ReplyTo;
            else
                kept!.TryReply(message);
        }));

        var ask = actor.Ask<string>("question", Second);
        actor.Tell("answer");
        await kit.IdleAsync();

        (await ask.Now()).Should().Be("answer");
    }

    [Fact]
    public async Task Refuses_to_close_a_circle_of_asks()
    {
        await using var kit = new ActorTestKit();
        ActorRef<string>? first = null, second = null;
        Exception? refused = null;
        first = kit.System.Spawn("first", () => new Scripted<string>(async (message, context) =>
            context.Reply(await second!.Ask<string>(message, Second, context))));
        second = kit.System.Spawn("second", () => new Scripted<string>(async (message, context) =>
        {
            try
            {
                await first!.Ask<string>(message, Second, context);
            }
            catch (InvalidOperationException error)
            {
                refused = error;
            }

            context.Reply("went on");
        }));

        (await kit.RunAsync(() => first.Ask<string>("x", Second))).Should().Be("went on");
        refused!.Message.Should().Contain(ActorErrorCodes.AskCycle).And.Contain("first");
    }

    [Fact]
    public async Task Ends_the_wait_when_cancelled()
    {
        await using var kit = new ActorTestKit();
        using var source = new CancellationTokenSource();
        var ask = new TestProbe<int>(kit.System, "p").Ref.Ask<int>(1, Second, null, source.Token);

        await source.CancelAsync();

        await ask.Awaiting(task => task.Now()).Should().ThrowAsync<OperationCanceledException>();
    }

    private static async Task Failing<T>(Task<T> ask, AskFailure reason) =>
        (await ask.Awaiting(task => task.Now()).Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(reason);
}
