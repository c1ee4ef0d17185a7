using Orchestrator.TestKit;
using Orchestrator.TestKit.Scenarios;

namespace TestKitScenarios;

/// <summary>The plan on one node: what it stores, answers, asks for and is reminded of.</summary>
internal static class PlanScenarios
{
    public static async Task The_machines_come_up_in_their_order()
    {
        List<FailOverMachine> sent = [];
        await using var shop = new EntityScenario<ShopState, ShopCommand, ShopEvent>(ShopEvents.Definition(sent.Add));
        shop.When(new ShopCommand.Start()).Then(new ShopEvent.Asked("db", 1)).ThenReplies("started").ThenReminds("deadline", shop.Now + ShopRecovery.Patience);
        shop.When(new ShopCommand.MachineIsUp("web-1")).ThenNothing().ThenReplies("ignored");
        shop.When(new ShopCommand.MachineIsUp("db")).Then(new ShopEvent.Asked("web-1", 1));
        shop.When(new ShopCommand.MachineIsUp("web-1")).Then(new ShopEvent.Asked("web-2", 1));
        shop.When(new ShopCommand.MachineIsUp("web-2")).Then(new ShopEvent.Recovered()).ThenHasNoReminder("deadline");
        Check.That(sent.Select(ask => ask.Machine).SequenceEqual(ShopRecovery.Order), "each machine is asked for once, in order");
    }

    public static async Task A_machine_that_does_not_come_up_is_asked_for_three_times()
    {
        List<FailOverMachine> sent = [];
        await using var shop = new EntityScenario<ShopState, ShopCommand, ShopEvent>(ShopEvents.Definition(sent.Add));
        shop.Given(new ShopEvent.Asked("db", 1), new ShopEvent.Asked("web-1", 1), new ShopEvent.Asked("web-1", 2));
        shop.When(new ShopCommand.TimeIsUp()).Then(new ShopEvent.Asked("web-1", 3));
        shop.After(ShopRecovery.Patience).Then(new ShopEvent.GivenUp("web-1"));
        Check.That(sent.All(ask => ask.Key == "1/web-1"), "every repeat has the same key");
    }

    public static async Task A_crash_at_any_append_loses_nothing()
    {
        foreach (var fault in new[] { JournalFault.CrashBeforeCommit, JournalFault.CrashAfterCommit })
        {
            List<FailOverMachine> sent = [];
            await using var shop = new EntityScenario<ShopState, ShopCommand, ShopEvent>(ShopEvents.Definition(sent.Add));
            shop.When(new ShopCommand.Start());
            shop.Kit.Journal.FailNext(fault);
            shop.When(new ShopCommand.MachineIsUp("db")).AfterCrash();
            shop.When(new ShopCommand.MachineIsUp("db"));
            Check.That(shop.History.Count == 2 && sent[^1].Machine == "web-1", $"after {fault} the repeat leads to the same place");
        }
    }
}
