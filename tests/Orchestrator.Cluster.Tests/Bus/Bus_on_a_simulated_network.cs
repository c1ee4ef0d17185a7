using Orchestrator.Cluster.Bus;

namespace Orchestrator.Cluster.Tests.Bus;

public sealed class Bus_on_a_simulated_network : BusContract
{
    protected override BusRig NewRig(BusOptions? options = null, int protocol = BusProtocol.Current)
    {
        var rig = new SimulatedRig { Options = options ?? new BusOptions() };
        return protocol == BusProtocol.Current
            ? rig
            : new SimulatedRig { Options = rig.Options, A = rig.A with { Protocol = protocol } };
    }
}
