using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Transport;

/// <summary>The target side of the link over HTTP.</summary>
public static class ReplicaEndpoints
{
    /// <summary>
    /// Maps <c>/v1/sites/{site}/replicas/{replica}/session</c> (POST), <c>batches/{n}</c> (PUT), <c>cursor</c> (GET) and <c>hashes</c> (POST).
    /// </summary>
    /// <param name="routes">Where to; must be served with <see cref="ReplicationListener"/>'s TLS, which authenticates the caller.</param>
    /// <param name="find">The replica of that site and name, or null: the caller gets <see cref="ErrorCodes.ReplicaNotFound"/>.</param>
    /// <param name="time">The clock of the time limits.</param>
    public static IEndpointRouteBuilder MapReplicaEndpoints(
        this IEndpointRouteBuilder routes, Func<string, string, IReplica?> find, TimeProvider time)
    {
        var group = routes.MapGroup("/v1/sites/{site}/replicas/{replica}");
        var receiver = new ReplicaReceiver(find, time);
        group.MapPost("/session", receiver.OpenSessionAsync);
        group.MapPut("/batches/{number:long}", receiver.IngestAsync);
        group.MapGet("/cursor", receiver.GetCursorAsync);
        group.MapPost("/hashes", receiver.HashBlocksAsync);
        return routes;
    }
}
