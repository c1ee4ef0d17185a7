using System.Diagnostics;
using Orchestrator.Actors;
using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Sharding;
using Orchestrator.Cluster.Bus;

namespace Orchestrator.Cluster.Routing;

/// <summary>The bus as the router's way to other nodes: one connection per member that is addressed, closed when it is gone.</summary>
/// <remarks>
/// A tell travels as a message that is answered when it is in the mailbox, because the sender must learn when the receiver does not
/// serve the shard. The first byte of a body says which it is; entity kind 0, which no entity has, is a poke.
/// </remarks>
public sealed class BusPeers : IPeerLink, IBusReceiver, IAsyncDisposable
{
    private const int PokeKind = 0;
    private const byte TellMark = 0;
    private const byte AskMark = 1;
    private static readonly TimeSpan TellTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PokeTimeout = TimeSpan.FromSeconds(2);

    private readonly IPeerTransport _transport;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, IPeerConnection> _connections = [];
    private ClusterRouter? _router;
    private ClusterMember? _member;
    private bool _isClosed;

    /// <summary>Creates the link.</summary>
    /// <param name="transport">Makes the connections.</param>
    /// <param name="time">The clock of deadlines.</param>
    public BusPeers(IPeerTransport transport, TimeProvider time)
    {
        _transport = transport;
        _time = time;
    }

    /// <summary>Binds the link to those it serves, before the first message arrives.</summary>
    public void Bind(ClusterRouter router, ClusterMember member) => (_router, _member) = (router, member);

    /// <summary>Closes connections to incarnations that are gone.</summary>
    public void On(ClusterEvent reported)
    {
        if (reported is not ClusterEvent.ViewRead { View: var view })
            return;

        List<IPeerConnection> gone;
        lock (_gate)
        {
            var lost = _connections.Keys.Where(node => view.Find(node) is null).ToList();
            gone = [.. lost.Select(node => _connections[node])];
            lost.ForEach(node => _connections.Remove(node));
        }

        foreach (var connection in gone)
            _ = CloseAsync(connection);
    }

    /// <inheritdoc />
    public void Send(NodeRecord to, RoutedMessage message, Action<PeerAnswer> answered)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(answered);
        if (ConnectionTo(to) is not { } connection)
        {
            answered(new PeerAnswer(PeerOutcome.NotSent));
            return;
        }

        var timeout = message.Deadline is { } deadline ? deadline - _time.GetUtcNow() : TellTimeout;
        if (timeout <= TimeSpan.Zero)
            answered(new PeerAnswer(PeerOutcome.Failed, Error: Expired(message)));
        else
            _ = AskAsync(connection.AskAsync(OnTheBus(message), timeout), message, answered);
    }

    /// <inheritdoc />
    public void Poke(NodeRecord to)
    {
        ArgumentNullException.ThrowIfNull(to);
        _ = ConnectionTo(to)?.TellAsync(new BusMessage(0, 0, PokeKind, "poke", default), PokeTimeout);
    }

    /// <inheritdoc />
    public void Receive(BusDelivery delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        if (delivery.Message.EntityKind == PokeKind)
        {
            _member?.Poke();
            delivery.Complete(new BusOutcome.Ok(default));
        }
        else if (_router is { } router && delivery.Message.Body.Length > 0)
            HandOver(router, delivery);
        else
            delivery.Complete(new BusOutcome.Unavailable(TimeSpan.FromSeconds(1), ClusterErrorCodes.ReceiverFailed, "The node has not started yet."));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        List<IPeerConnection> left;
        lock (_gate)
        {
            _isClosed = true;
            left = [.. _connections.Values];
            _connections.Clear();
        }

        foreach (var connection in left)
            await connection.DisposeAsync();
    }

    private static async Task CloseAsync(IPeerConnection connection)
    {
        await Task.Yield();
        await connection.DisposeAsync();
    }

    private static async Task AskAsync(Task<BusOutcome> asking, RoutedMessage message, Action<PeerAnswer> answered) =>
        answered(BusAnswers.AnswerOf(await asking, message.Id.ToString()));

    private IPeerConnection? ConnectionTo(NodeRecord node)
    {
        lock (_gate)
        {
            if (_isClosed)
                return null;

            if (!_connections.TryGetValue(node.Id, out var connection))
                _connections.Add(node.Id, connection = _transport.Connect(new PeerAddress(node.Address.Host, node.Address.Port)));

            return connection;
        }
    }

    private BusMessage OnTheBus(RoutedMessage message)
    {
        var body = new byte[message.Body.Length + 1];
        body[0] = message.ReplyTo is null ? TellMark : AskMark;
        message.Body.CopyTo(body.AsMemory(1));
        var epoch = _member?.View?.Shards[message.ShardId].Epoch ?? 0;
        return new BusMessage(message.ShardId, epoch, message.Kind, message.Name, body, message.TraceParent, message.Hops);
    }

    private void HandOver(ClusterRouter router, BusDelivery delivery)
    {
        var message = delivery.Message;
        var isAsk = message.Body.Span[0] == AskMark;
        using var activity = Continue(message.TraceParent);
        TellOutcome? outcome;
        try
        {
            outcome = router.Receive(new RoutedMessage(
                message.EntityKind, message.EntityName, message.Shard, message.Body[1..], isAsk ? new DeliveryReply(delivery) : null)
            {
                Deadline = _time.GetUtcNow() + delivery.Remaining,
                TraceParent = message.TraceParent,
                Hops = message.HopCount,
            });
        }
        catch (Exception error)
        {
            delivery.Complete(new BusOutcome.Failed(ActorErrorCodes.Rejected,
                $"The command for '{message.EntityName}' cannot be read here ({error.Message}); nothing was done. Bring the nodes to one version."));
            return;
        }

        if (BusAnswers.RefusalOf(outcome, OwnerKnown(message.Shard)) is { } refusal)
            delivery.Complete(refusal);
        else if (!isAsk)
            delivery.Complete(new BusOutcome.Ok(default));
    }

    private BusOutcome.NotOwner OwnerKnown(int shardId) => _member?.View is { } view && shardId >= 0 && shardId < view.Shards.Count
        ? new BusOutcome.NotOwner(view.Shards[shardId].Owner, view.Shards[shardId].Epoch)
        : new BusOutcome.NotOwner(null, 0);

    private static Activity? Continue(string? traceParent) =>
        traceParent is null ? null : new Activity("orchestrator.bus.receive").SetParentId(traceParent).Start();

    private static AskException Expired(RoutedMessage message) => new(AskFailure.Timeout,
        $"The deadline for '{message.Id}' passed before it could be sent to its node; nothing was done. Retry.");

    private sealed class DeliveryReply(BusDelivery delivery) : IRoutedReply
    {
        public void Reply(ReadOnlyMemory<byte> body) => delivery.Complete(new BusOutcome.Ok(body));

        public void Fail(AskException error) => delivery.Complete(new BusOutcome.Failed(error.Code, error.Message));
    }
}
