using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests;

public sealed class StashAndTimerTests
{
    [Fact]
    public async Task Puts_stashed_messages_back_ahead_of_the_mailbox_in_order()
    {
        await using var kit = new ActorTestKit();
        var handled = new List<string>();
        var actor = Gate(kit, handled);

        foreach (var message in new[] { "a", "b", "open", "c" })
            actor.Tell(message);

        await kit.IdleAsync();
        handled.Should().Equal("a", "b", "c");
    }

    [Fact]
    public async Task Refuses_the_newest_when_the_stash_is_full()
    {
        await using var kit = new ActorTestKit(options: options => options with { StashCapacity = 2 });
        var handled = new List<string>();
        var actor = Gate(kit, handled);

        actor.Tell("a");
        actor.Tell("b");
        var refused = actor.Ask<string>("c", TimeSpan.FromSeconds(1));
        actor.Tell("open");
        await kit.IdleAsync();

        handled.Should().Equal("a", "b");
        (await refused.Awaiting(task => task.Now()).Should().ThrowAsync<AskException>()).Which.Reason.Should().Be(AskFailure.Busy);
    }

    [Fact]
    public async Task Drops_a_queued_tick_of_a_timer_that_was_replaced()
    {
        await using var kit = new ActorTestKit();
        var handled = new List<string>();
        var actor = kit.System.Spawn("a", () => new Scripted<string>(async (message, context) =>
        {
            handled.Add(message);
            if (message != "go")
                return;

            context.StartTimer("t", TimeSpan.FromSeconds(1), "old");
            await Task.Delay(TimeSpan.FromSeconds(2), context.Time); // "old" comes due and is queued behind this turn
            context.StartTimer("t", TimeSpan.FromSeconds(1), "new");
        }));

        actor.Tell("go");
        await kit.AdvanceAsync(TimeSpan.FromSeconds(10));

        handled.Should().Equal("go", "new");
    }

    private static ActorRef<string> Gate(ActorTestKit kit, List<string> handled)
    {
        var isOpen = false;
        return kit.System.Spawn("gate", () => new Scripted<string>((message, context) =>
        {
            if (message == "open")
            {
                isOpen = true;
                context.UnstashAll();
            }
            else if (isOpen)
                handled.Add(message);
            else
                context.Stash();
        }));
    }
}
