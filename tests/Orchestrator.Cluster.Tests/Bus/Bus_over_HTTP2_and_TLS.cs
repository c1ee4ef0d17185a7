using Orchestrator.Cluster.Bus;

namespace Orchestrator.Cluster.Tests.Bus;

public sealed class Bus_over_HTTP2_and_TLS : BusContract
{
    protected override BusRig NewRig(BusOptions? options = null, int protocol = BusProtocol.Current)
    {
        var rig = new HttpRig { Options = options ?? new BusOptions() };
        return protocol == BusProtocol.Current ? rig : new HttpRig { Options = rig.Options, A = rig.A with { Protocol = protocol } };
    }
}
