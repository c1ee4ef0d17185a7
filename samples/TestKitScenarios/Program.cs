// A hosting service tests its own recovery plan with Orchestrator.TestKit: on paper, on one node, and on nodes that fail.
// Run: dotnet run --project samples/TestKitScenarios
using TestKitScenarios;

(string Name, Func<Task> Run)[] scenarios =
[
    (nameof(MachineScenarios.A_failover_needs_a_recovery_point), MachineScenarios.A_failover_needs_a_recovery_point),
    (nameof(MachineScenarios.A_request_that_is_sent_again_does_nothing_more), MachineScenarios.A_request_that_is_sent_again_does_nothing_more),
    (nameof(PlanScenarios.The_machines_come_up_in_their_order), PlanScenarios.The_machines_come_up_in_their_order),
    (nameof(PlanScenarios.A_machine_that_does_not_come_up_is_asked_for_three_times), PlanScenarios.A_machine_that_does_not_come_up_is_asked_for_three_times),
    (nameof(PlanScenarios.A_crash_at_any_append_loses_nothing), PlanScenarios.A_crash_at_any_append_loses_nothing),
    (nameof(ClusterScenarios.The_shop_recovers_whatever_happens_to_its_nodes), ClusterScenarios.The_shop_recovers_whatever_happens_to_its_nodes),
];

var failed = 0;
foreach (var (name, run) in scenarios)
{
    try
    {
        await run();
        Console.WriteLine($"ok      {name.Replace('_', ' ')}");
    }
    catch (Exception error)
    {
        failed++;
        Console.WriteLine($"FAILED  {name.Replace('_', ' ')}{Environment.NewLine}{error}");
    }
}

Console.WriteLine(failed == 0 ? "all scenarios hold" : $"{failed} scenarios fail");
return failed == 0 ? 0 : 1;
