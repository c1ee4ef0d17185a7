using Orchestrator.Contracts;
using Orchestrator.Control.Tests.Sites;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Tests.Machines;

public sealed class Machines_of_a_node_that_starts
{
    [Fact]
    public async Task Are_woken_a_few_at_a_time_until_all_are_awake()
    {
        await using var rig = new Rig(machinesAtOnce: 2);
        await rig.StartAsync();
        string[] fleet = ["web1", "web2", "web3", "web4", "web5", "web6", "web7"];
        foreach (var machine in fleet)
        {
            var request = new ProtectRequest(rig.NextOperation(), machine, "S0", "berlin", "hamburg", ["/dev/web1"], null);
            await rig.Loop.RunAsync(() => rig.Operations.ProtectAsync(request, "tester", default), TimeSpan.FromMinutes(1));
        }

        await rig.Loop.AdvanceAsync(TimeSpan.FromMinutes(1));
        var (reading, most) = (0, 0);
        rig.Trap.BeforeRead = async () =>
        {
            most = Math.Max(most, ++reading);
            await Task.Delay(TimeSpan.FromMilliseconds(100), rig.Time);
            reading--;
        };

        await rig.CrashAsync();

        rig.Node.Registry.All.Select(machine => machine.Name).Should().Equal(fleet);
        rig.Node.Registry.All.Should().OnlyContain(machine => machine.State is State.Protected);
        most.Should().Be(2);
    }
}
