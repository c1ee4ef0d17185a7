using System.Reflection;
using Orchestrator.Fabric;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Control.Tests.Sites;

/// <summary>A site as one node sees it, under a term or none: tells the site who calls, and lets no call of a dead node through.</summary>
public class SiteHandle : DispatchProxy
{
    private ScriptedSite _site = null!;
    private NodeLink _link = null!;
    private ControlTerm? _term;

    internal interface IScripted : IReplicationSite, IFabric;

    internal static IScripted Of(ScriptedSite site, NodeLink link, ControlTerm? term = null)
    {
        var handle = Create<IScripted, SiteHandle>();
        var self = (SiteHandle)(object)handle;
        (self._site, self._link, self._term) = (site, link, term);
        return handle;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(IReplicationSite.Under)) return Of(_site, _link, (ControlTerm)args![0]!);
        if (args is { Length: > 0 }) _site.Caller = new Caller(_link, _term, MachineOf(args[0]), (CancellationToken)args[^1]!);
        return targetMethod.Invoke(_site, BindingFlags.DoNotWrapExceptions, null, args, null);
    }

    private static string MachineOf(object? argument) => argument switch
    {
        SourceRequest request => request.Id,
        ReplicationRequest request => request.Id,
        ReplicaRequest request => request.Id,
        StartRequest request => request.Machine,
        StopRequest request => request.Machine,
        _ => (string)argument!,
    };
}

/// <summary>What joins a node to the sites.</summary>
internal sealed class NodeLink(string node)
{
    internal string Node => node;

    /// <summary>Killed: nothing it does reaches a site any more.</summary>
    internal bool IsDead { get; set; }
}

/// <summary>Who calls a site.</summary>
internal sealed record Caller(NodeLink Link, ControlTerm? Term, string Machine, CancellationToken Cancellation);
