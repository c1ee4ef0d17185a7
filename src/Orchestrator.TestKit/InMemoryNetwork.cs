using Orchestrator.Actors;
using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Sharding;

namespace Orchestrator.TestKit;

/// <summary>The network between the nodes of a simulated cluster: slow, in order per pair, and cut in either direction.</summary>
/// <remarks>
/// A cut before the message arrives leaves it unsent; a cut on the way back, or the death of the receiver, leaves the outcome
/// unknown – after <see cref="LossNoticedAfter"/>, as a broken connection is not noticed at once.
/// </remarks>
public sealed class InMemoryNetwork(TimeProvider time, Random random)
{
    private readonly Dictionary<string, ClusterRouter> _routers = [];
    private readonly Dictionary<string, Action> _pokes = [];
    private readonly HashSet<(string From, string To)> _cuts = [];
    private readonly Dictionary<(string From, string To), DateTimeOffset> _lastArrival = [];

    /// <summary>The longest time a message is on its way.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How long it takes until a broken connection is noticed.</summary>
    public TimeSpan LossNoticedAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The link of one node, by its name.</summary>
    public IPeerLink LinkOf(string name) => new Link(this, name);

    /// <summary>Connects a node; a later one of the same name replaces it.</summary>
    public void Connect(string name, ClusterRouter router, Action poke)
    {
        _routers[name] = router;
        _pokes[name] = poke;
    }

    /// <summary>Removes a node that has died.</summary>
    public void Disconnect(string name)
    {
        _routers.Remove(name);
        _pokes.Remove(name);
    }

    /// <summary>Cuts one direction.</summary>
    public void Cut(string from, string to) => _cuts.Add((from, to));

    /// <summary>Mends every cut.</summary>
    public void Heal() => _cuts.Clear();

    private bool Passes(string from, string to) => !_cuts.Contains((from, to)) && _routers.ContainsKey(to);

    private void Send(string from, string to, RoutedMessage message, Action<PeerAnswer> answered)
    {
        if (!Passes(from, to))
        {
            After(LossNoticedAfter, () => answered(new PeerAnswer(PeerOutcome.NotSent)));
            return;
        }

        Travel(from, to, () =>
        {
            if (_routers.TryGetValue(to, out var router))
                Arrive(router, to, from, message, answered);
            else
                After(LossNoticedAfter, () => answered(new PeerAnswer(PeerOutcome.Unknown)));
        });
    }

    private void Arrive(ClusterRouter router, string at, string sender, RoutedMessage message, Action<PeerAnswer> answered)
    {
        var reply = new ReplyOverNetwork(answer => Return(at, sender, answer, answered));
        var outcome = router.Receive(message.ReplyTo is null ? message : message with { ReplyTo = reply });
        if (outcome is null)
            reply.Answer(PeerAnswer.NotOwner);
        else if (outcome != TellOutcome.Accepted)
            reply.Answer(new PeerAnswer(PeerOutcome.Failed, Error: new AskException(AskFailure.Busy, $"'{message.Id}' is busy; nothing was done.")));
        else if (message.ReplyTo is null)
            reply.Answer(new PeerAnswer(PeerOutcome.Replied));
    }

    private void Return(string from, string to, PeerAnswer answer, Action<PeerAnswer> answered)
    {
        if (Passes(from, to))
            Travel(from, to, () => answered(answer));
        else
            After(LossNoticedAfter, () => answered(new PeerAnswer(PeerOutcome.Unknown)));
    }

    private void Travel(string from, string to, Action arrive)
    {
        var now = time.GetUtcNow();
        var at = now + (MaxDelay * random.NextDouble());
        if (_lastArrival.TryGetValue((from, to), out var last) && at <= last)
            at = last + TimeSpan.FromTicks(1);

        _lastArrival[(from, to)] = at;
        After(at - now, arrive);
    }

    private void After(TimeSpan delay, Action action)
    {
        ITimer? timer = null;
        timer = time.CreateTimer(_ =>
        {
            timer?.Dispose();
            action();
        }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private sealed class Link(InMemoryNetwork network, string name) : IPeerLink
    {
        public void Send(NodeRecord to, RoutedMessage message, Action<PeerAnswer> answered) => network.Send(name, to.Name, message, answered);

        public void Poke(NodeRecord to)
        {
            if (network.Passes(name, to.Name))
                network.Travel(name, to.Name, () => network._pokes.GetValueOrDefault(to.Name)?.Invoke());
        }
    }

    private sealed class ReplyOverNetwork(Action<PeerAnswer> answer) : IRoutedReply
    {
        public void Answer(PeerAnswer value) => answer(value);

        public void Reply(ReadOnlyMemory<byte> body) => answer(new PeerAnswer(PeerOutcome.Replied, body));

        public void Fail(AskException error) => answer(new PeerAnswer(PeerOutcome.Failed, Error: error));
    }
}
