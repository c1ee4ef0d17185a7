using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Control.Sites;
using Orchestrator.Fabric;
using Orchestrator.Replication;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Hosting.Node;

/// <summary>Serves this node's sites to a control node elsewhere; the listener's mutual TLS decides who may call.</summary>
internal static class SiteEndpoints
{
    private delegate Task<object?> Handler(IReplicationSite site, IFabric fabric, SiteCall call, CancellationToken cancellation);

    private static readonly Dictionary<string, Handler> Handlers = new(StringComparer.Ordinal)
    {
        ["measure-disk"] = async (s, _, c, t) => await s.MeasureDiskAsync(c.Text!, t),
        ["attach-source"] = async (s, _, c, t) => await s.AttachSourceAsync(Body<SourceRequest>(c), t),
        ["start-replication"] = async (s, _, c, t) => await Nothing(s.StartReplicationAsync(Body<ReplicationRequest>(c), t)),
        ["stop-replication"] = async (s, _, c, t) => await Nothing(s.StopReplicationAsync(c.Id, c.Flag, t)),
        ["get-source"] = async (s, _, c, t) => await s.GetSourceAsync(c.Id, t),
        ["quiesce"] = async (s, _, c, t) => await s.QuiesceAsync(c.Id, c.Activation, t),
        ["drain"] = async (s, _, c, t) => await Nothing(s.DrainAsync(c.Id, t)),
        ["fence"] = async (s, _, c, t) => await Nothing(s.FenceAsync(c.Id, c.Activation, t)),
        ["resume-source"] = async (s, _, c, t) => await Nothing(s.ResumeSourceAsync(c.Id, c.Activation, t)),
        ["release-source"] = async (s, _, c, t) => await Nothing(s.ReleaseSourceAsync(c.Id, c.Flag, t)),
        ["digest-source"] = async (s, _, c, t) => await s.DigestSourceAsync(c.Id, t),
        ["prepare-replica"] = async (s, _, c, t) => await Nothing(s.PrepareReplicaAsync(Body<ReplicaRequest>(c), t)),
        ["get-replica-keys"] = async (s, _, c, t) => await s.GetReplicaKeysAsync(c.Id, t),
        ["get-replica"] = async (s, _, c, t) => await s.GetReplicaAsync(c.Id, t),
        ["open-test"] = async (s, _, c, t) => await s.OpenTestAsync(c.Id, c.Point!.Value, c.Operation, t),
        ["close-test"] = async (s, _, c, t) => await Nothing(s.CloseTestAsync(c.Id, c.Operation, t)),
        ["activate"] = async (s, _, c, t) => await s.ActivateAsync(c.Id, c.Point, c.Activation, c.Operation, t),
        ["deactivate"] = async (s, _, c, t) => await Nothing(s.DeactivateAsync(c.Id, c.Operation, t)),
        ["commit"] = async (s, _, c, t) => await Nothing(s.CommitAsync(c.Id, c.Operation, t)),
        ["digest-replica"] = async (s, _, c, t) => await s.DigestReplicaAsync(c.Id, t),
        ["remove-replica"] = async (s, _, c, t) => await Nothing(s.RemoveReplicaAsync(c.Id, c.Flag, t)),
        ["fabric-start"] = async (_, f, c, t) => await f.StartAsync(Body<StartRequest>(c), t),
        ["fabric-stop"] = async (_, f, c, t) => await Nothing(f.StopAsync(Body<StopRequest>(c), t)),
        ["fabric-find"] = async (_, f, c, t) => await f.FindAsync(c.Id, c.Flag ? InstanceKind.Test : InstanceKind.Production, t),
    };

    public static void MapSiteEndpoints(this IEndpointRouteBuilder routes, Func<string, (IReplicationSite, IFabric)?> find) =>
        routes.MapPost(SiteWire.Route("{site}", "{operation}").Replace("%7B", "{", StringComparison.Ordinal).Replace("%7D", "}", StringComparison.Ordinal),
            async (string site, string operation, SiteCall call, CancellationToken cancellation) =>
            {
                if (find(site) is not var (replication, fabric)) return Error(404, ErrorCodes.ReplicaNotFound, $"There is no site '{site}' here.", false);
                if (!Handlers.TryGetValue(operation, out var handler))
                {
                    return Error(404, ErrorCodes.TargetFailed, $"This node does not know the operation '{operation}'. Use nodes of one version.", false);
                }

                try
                {
                    var bound = call.Term is { } term ? replication.Under(term) : replication;
                    return Answer(await handler(bound, bound is IMachineTurns turns ? new FencedFabric(turns, fabric) : fabric, call, cancellation));
                }
                catch (ReplicationException error)
                {
                    return Error(409, error.Code, error.Message, error.IsTransient);
                }
                catch (FabricException error)
                {
                    return Results.Json(new SiteError(error.Code, error.Message, error.IsTransient, IsFabric: true), SiteWire.Json, statusCode: 409);
                }
            });

    private static T Body<T>(SiteCall call) => call.Request!.Value.Deserialize<T>(SiteWire.Json)!;

    private static async Task<object?> Nothing(ValueTask task)
    {
        await task;
        return null;
    }

    /// <summary>Nothing is an answer too, and is written as <c>null</c>: a JSON result of null would have no body.</summary>
    private static IResult Answer(object? value) =>
        Results.Bytes(JsonSerializer.SerializeToUtf8Bytes(value, SiteWire.Json), "application/json");

    private static IResult Error(int status, string code, string message, bool isTransient) =>
        Results.Json(new SiteError(code, message, isTransient, IsFabric: false), SiteWire.Json, statusCode: status);
}
