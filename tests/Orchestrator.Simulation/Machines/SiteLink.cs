using Orchestrator.Control.Tests.Sites;
using Orchestrator.Fabric;
using Orchestrator.Replication;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Source;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation.Machines;

/// <summary>One node's way to one site: every call travels over the network of the world.</summary>
internal sealed class SiteLink(MachineSites sites, SimulatedWorld world, WorldNode node, string name, ControlTerm? term = null)
    : IReplicationSite, IFabric
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public string Name => name;

    public IReplicationSite Under(ControlTerm right) => new SiteLink(sites, world, node, name, right);

    public ValueTask<long> MeasureDiskAsync(string path, CancellationToken cancellation) =>
        TravelAsync(() => ValueTask.FromResult(World.DiskLength));

    public ValueTask<AttachedSource> AttachSourceAsync(SourceRequest request, CancellationToken cancellation) =>
        DoAsync(request.Id, "AttachSource", default, request.Activation, site => site.AttachSourceAsync(request, default));

    public ValueTask StartReplicationAsync(ReplicationRequest request, CancellationToken cancellation) =>
        DoAsync(request.Id, "StartReplication", default, null, site => site.StartReplicationAsync(request, default));

    public ValueTask StopReplicationAsync(string id, bool forgetCopy, CancellationToken cancellation) =>
        DoAsync(id, "StopReplication", default, null, site => site.StopReplicationAsync(id, forgetCopy, default));

    public ValueTask<SourceStatus?> GetSourceAsync(string id, CancellationToken cancellation) =>
        TravelAsync(() => Site(id).GetSourceAsync(id, default));

    public ValueTask<EpochMark> QuiesceAsync(string id, long activation, CancellationToken cancellation) =>
        DoAsync(id, "Quiesce", default, activation, async site =>
        {
            var mark = await site.QuiesceAsync(id, activation, default);
            if (sites.Defect == Defect.IgnoredFence && site.Source is { } source)
                source.Fenced = false;

            return mark;
        });

    public ValueTask DrainAsync(string id, CancellationToken cancellation) =>
        DoAsync(id, "Drain", default, null, site => site.DrainAsync(id, default));

    public ValueTask FenceAsync(string id, long activation, CancellationToken cancellation) =>
        DoAsync(id, "Fence", default, activation, site => sites.Defect == Defect.IgnoredFence ? default : site.FenceAsync(id, activation, default));

    public ValueTask ResumeSourceAsync(string id, long activation, CancellationToken cancellation) =>
        DoAsync(id, "ResumeSource", default, activation, site => site.ResumeSourceAsync(id, activation, default));

    public ValueTask ReleaseSourceAsync(string id, bool keepExport, CancellationToken cancellation) =>
        DoAsync(id, "ReleaseSource", default, null, site => site.ReleaseSourceAsync(id, keepExport, default));

    public ValueTask<IReadOnlyList<string>> DigestSourceAsync(string id, CancellationToken cancellation) =>
        TravelAsync(() => Site(id).DigestSourceAsync(id, default));

    public ValueTask PrepareReplicaAsync(ReplicaRequest request, CancellationToken cancellation) =>
        DoAsync(request.Id, "PrepareReplica", default, request.Activation, site => site.PrepareReplicaAsync(request, default));

    public ValueTask<IReadOnlyList<byte[]>> GetReplicaKeysAsync(string id, CancellationToken cancellation) =>
        TravelAsync(() => Site(id).GetReplicaKeysAsync(id, default));

    public ValueTask<ReplicaStatus?> GetReplicaAsync(string id, CancellationToken cancellation) =>
        TravelAsync(() => Site(id).GetReplicaAsync(id, default));

    public ValueTask<IReadOnlyList<DiskExport>> OpenTestAsync(string id, Guid point, Guid operation, CancellationToken cancellation) =>
        DoAsync(id, "OpenTest", operation, null, site => site.OpenTestAsync(id, point, operation, default), point);

    public ValueTask CloseTestAsync(string id, Guid operation, CancellationToken cancellation) =>
        DoAsync(id, "CloseTest", operation, null, site => site.CloseTestAsync(id, operation, default));

    public ValueTask<ActivatedReplica> ActivateAsync(string id, Guid? point, long activation, Guid operation, CancellationToken cancellation) =>
        DoAsync(id, "Activate", operation, activation, site => site.ActivateAsync(id, point, activation, operation, default), point);

    public ValueTask DeactivateAsync(string id, Guid operation, CancellationToken cancellation) =>
        DoAsync(id, "Deactivate", operation, null, site => site.DeactivateAsync(id, operation, default));

    public ValueTask CommitAsync(string id, Guid operation, CancellationToken cancellation) =>
        DoAsync(id, "Commit", operation, null, site => site.CommitAsync(id, operation, default));

    public ValueTask<IReadOnlyList<string>> DigestReplicaAsync(string id, CancellationToken cancellation) =>
        TravelAsync(() => Site(id).DigestReplicaAsync(id, default));

    public ValueTask RemoveReplicaAsync(string id, bool keepDisks, CancellationToken cancellation) =>
        DoAsync(id, "RemoveReplica", default, null, site => site.RemoveReplicaAsync(id, keepDisks, default));

    public ValueTask<MachineInstance> StartAsync(StartRequest request, CancellationToken cancellation) =>
        DoAsync(request.Machine, $"Start{request.Kind}", request.OperationId, request.Activation, site => site.StartAsync(request, default));

    public ValueTask StopAsync(StopRequest request, CancellationToken cancellation) =>
        DoAsync(request.Machine, $"Stop{request.Kind}", request.OperationId, null, site => site.StopAsync(request, default));

    public ValueTask<MachineInstance?> FindAsync(string machine, InstanceKind kind, CancellationToken cancellation) =>
        TravelAsync(() => Site(machine).FindAsync(machine, kind, default));

    private ScriptedSite Site(string machine)
    {
        var site = sites.Of(machine).Named(name);
        site.Caller = new Caller(new NodeLink(node.Name), term, machine, CancellationToken.None);
        return site;
    }

    private async ValueTask DoAsync(string machine, string call, Guid operation, long? activation, Func<ScriptedSite, ValueTask> act) =>
        await DoAsync(machine, call, operation, activation, async site =>
        {
            await act(site);
            return true;
        });

    private ValueTask<T> DoAsync<T>(
        string machine, string call, Guid operation, long? activation, Func<ScriptedSite, ValueTask<T>> act, Guid? point = null) =>
        TravelAsync(async () =>
        {
            var site = Site(machine);
            var before = Picture(site);
            try
            {
                Misbehave(site, call, operation);
                return await act(site);
            }
            finally
            {
                var changed = before != Picture(site);
                world.Timeline.Add(node.Name, $"{name}.{call} {machine} {activation} {(changed ? "changes it" : "changes nothing")}");
                sites.OnEffect(new SiteEffect(machine, name, node.Name, call, operation, activation, changed) { Point = point });
            }
        });

    /// <summary>A start that forgets that it was asked for already.</summary>
    private void Misbehave(ScriptedSite site, string call, Guid operation)
    {
        if (sites.Defect == Defect.RepeatedEffects && call == "StartProduction" && site.Running(InstanceKind.Production)?.OperationId == operation)
            site.StopByHand();
    }

    private async ValueTask<T> TravelAsync<T>(Func<ValueTask<T>> there) => await world.Network.AskAsync(node, name, there, Patience, () =>
        new ReplicationException(ErrorCodes.TargetUnreachable, $"Site {name} does not answer.", isTransient: true));

    /// <summary>What of a site a repeat must not change again.</summary>
    private static (MachineInstance?, MachineInstance?, string?, bool, bool, long) Picture(ScriptedSite site) => (
        site.Running(InstanceKind.Production), site.Running(InstanceKind.Test), site.Replica?.State, site.Replica?.HasTest ?? false,
        site.Source?.Fenced ?? false, site.Source?.Activation ?? 0);
}
