using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Cluster.Bus.Sessions;

namespace Orchestrator.Cluster.Bus.Http;

/// <summary>Accepts connections of other nodes on a listener that requires client certificates, and hands their messages over.</summary>
public sealed class BusServer
{
    private readonly Lock _gate = new();
    private readonly Dictionary<InboundSession, TaskCompletionSource> _sessions = [];
    private readonly BusNode _node;
    private readonly IBusReceiver _receiver;
    private bool _isDraining;

    /// <summary>Creates the server.</summary>
    /// <param name="node">This node.</param>
    /// <param name="receiver">Gets the messages.</param>
    public BusServer(BusNode node, IBusReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(receiver);
        node.Limits.Validated();
        PeerHandshake.Validated(node.Self);
        _node = node;
        _receiver = receiver;
    }

    /// <summary>The nodes connected now.</summary>
    public IReadOnlyList<PeerIdentity> Peers
    {
        get
        {
            lock (_gate) return [.. _sessions.Keys.Select(session => session.Peer)];
        }
    }

    /// <summary>Maps the route of the bus. The listener must be set up as <see cref="BusListener"/> does it.</summary>
    /// <param name="routes">The routes.</param>
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost(PeerHandshake.Path, (RequestDelegate)AcceptAsync);

    /// <summary>Asks every peer to send no more, lets what is under way end within <see cref="BusOptions.DrainLimit"/>, then disconnects.</summary>
    public async Task DrainAsync()
    {
        KeyValuePair<InboundSession, TaskCompletionSource>[] sessions;
        lock (_gate)
        {
            _isDraining = true;
            sessions = [.. _sessions];
        }

        foreach (var (session, _) in sessions) session.Drain();
        var leaving = new BusFault(ClusterErrorCodes.Draining, SessionFaults.Leaving.Message, IsTransient: true);
        await using var limit = _node.Time.CreateTimer(
            _ => Array.ForEach(sessions, entry => entry.Key.Break(leaving)), null, _node.Limits.DrainLimit, Timeout.InfiniteTimeSpan);
        foreach (var (_, ended) in sessions) await ended.Task;
    }

    private async Task AcceptAsync(HttpContext context)
    {
        try
        {
            await ServeAsync(context, Identify(context));
        }
        catch (BusException error) when (!context.Response.HasStarted)
        {
            _node.Observe?.Invoke(new BusEvent.Refused(RemoteOf(context), error.Fault));
            context.Response.StatusCode = error.Code == ClusterErrorCodes.Draining
                ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status403Forbidden;
            context.Response.Headers[PeerHandshake.ErrorHeader] = error.Code;
            await context.Response.WriteAsync(error.Message, context.RequestAborted);
        }
    }

    private PeerIdentity Identify(HttpContext context)
    {
        var remote = RemoteOf(context);
        if (context.Request.Protocol != HttpProtocol.Http2) throw Refusal(ClusterErrorCodes.VersionRefused, $"{remote} speaks no HTTP/2. Update it.");
        var headers = context.Request.Headers;
        var (peer, _) = PeerHandshake.Read(name => headers.TryGetValue(name, out var values) ? values[0] : null, remote);
        var certificate = context.Connection.ClientCertificate
            ?? throw Refusal(ClusterErrorCodes.CertificateRefused, $"{remote} showed no certificate. The listener must require one.");
        return _node.Trust(certificate, peer) is { } refusal ? throw Refusal(ClusterErrorCodes.CertificateRefused, refusal) : peer;
    }

    private async Task ServeAsync(HttpContext context, PeerIdentity peer)
    {
        var session = new InboundSession(peer, _receiver, _node.Limits, _node.Time, OnEnded);
        var ended = Register(session);
        try
        {
            PeerHandshake.Write(_node.Self, _node.Limits, (name, value) => context.Response.Headers[name] = value);
            context.Response.ContentType = PeerHandshake.ContentType;
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted); // Without it the headers wait for the first answer.
            _node.Observe?.Invoke(new BusEvent.Accepted(peer));
            await CarryAsync(context, session);
        }
        finally
        {
            lock (_gate) _sessions.Remove(session);
            ended.SetResult();
        }
    }

    private async Task CarryAsync(HttpContext context, InboundSession session)
    {
        using var wire = new StreamWire(_node.Limits, _node.Time, session.Peer.ToString());
        session.Open(wire);
        await wire.RunAsync(context.Request.Body, context.Response.Body, static () => { }, context.RequestAborted);
        if (wire.WasBroken) context.Abort();
    }

    private void OnEnded(InboundSession session, BusFault? fault) => _node.Observe?.Invoke(new BusEvent.Ended(session.Peer, fault));

    private TaskCompletionSource Register(InboundSession session)
    {
        lock (_gate)
        {
            if (_isDraining) throw Refusal(ClusterErrorCodes.Draining, SessionFaults.Leaving.Message);
            return _sessions[session] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private static string RemoteOf(HttpContext context) => $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}";

    private static BusException Refusal(string code, string message) => new(new BusFault(code, message, IsTransient: code == ClusterErrorCodes.Draining));
}
