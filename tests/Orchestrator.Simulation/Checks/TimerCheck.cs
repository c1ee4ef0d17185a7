using Orchestrator.Domain.Machines;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation.Checks;

/// <summary>L4: what waits for a time has a reminder in the journal that ends the waiting, whatever happens to the nodes.</summary>
internal sealed class TimerCheck(SimulatedWorld world, JournalBook book)
{
    public void Check()
    {
        var reminders = world.Journal.Reminders;
        foreach (var page in book.Pages)
        {
            if (ProtectedMachine.NextStep(page.State) is { NotBefore: { } due } step)
                Require(page, "step", due, $"step {step.Step}");

            if (ProtectedMachine.ReplicationOf(page.State) is ReplicationState.Retrying retrying)
                Require(page, "replication", retrying.RetryAt, "its replication");
        }

        void Require(MachinePage page, string name, DateTimeOffset due, string what)
        {
            if (!reminders.Any(reminder => reminder.Id == page.Id && reminder.Name == name && reminder.DueAt == due))
                throw world.Failure("L4", $"{page.Id.Name} waits for {what} until {due:O}, and no reminder is set");
        }
    }
}
