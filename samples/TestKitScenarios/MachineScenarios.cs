using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.TestKit.Scenarios;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace TestKitScenarios;

/// <summary>What the plan may count on: the rules of the machines it works with.</summary>
internal static class MachineScenarios
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Task A_failover_needs_a_recovery_point()
    {
        AggregateScenario.OfMachine()
            .When(FailOver(2)).ThenRefused(RefusalCodes.NotProtected)
            .Given(_ => Enable())
            .When(FailOver(2)).ThenRefused(RefusalCodes.NotYetReplicated);
        return Task.CompletedTask;
    }

    public static Task A_request_that_is_sent_again_does_nothing_more()
    {
        AggregateScenario.OfMachine()
            .When(Enable()).ThenTypes(typeof(Event.ProtectionEnablingStarted)).ThenState<State.Enabling>()
            .When(Enable()).ThenNothing();
        return Task.CompletedTask;
    }

    private static Command.FailOver FailOver(int operation) => new(Operation(operation), FailoverKind.Unplanned, null, "ann", Now);

    private static Command.Enable Enable() => new(
        Operation(1), new MachineId("db"), ScenarioId.S0, new SiteName("berlin"), new SiteName("hamburg"), [new DiskSpec(0, "/disks/db.img", 1 << 30)],
        TimeSpan.FromSeconds(30), "ann", Now);

    private static OperationId Operation(int number) => new(new Guid(number, 0, 0, new byte[8]));
}
