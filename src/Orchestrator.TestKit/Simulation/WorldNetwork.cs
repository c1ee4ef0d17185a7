namespace Orchestrator.TestKit.Simulation;

/// <summary>Carries messages between named places, each direction by itself: slow, lossy, doubling, or cut.</summary>
public sealed class WorldNetwork
{
    private readonly ManualTime _time;
    private readonly SeededRandom _random;
    private readonly HashSet<(string From, string To)> _cuts = [];
    private readonly Dictionary<(string From, string To), LinkQuality> _qualities = [];

    internal WorldNetwork(ManualTime time, SeededRandom random)
    {
        _time = time;
        _random = random;
    }

    /// <summary>How messages fare where nothing else was said.</summary>
    public LinkQuality Quality { get; set; } = LinkQuality.Good;

    /// <summary>Messages that were dropped or sent into a cut.</summary>
    public int Lost { get; private set; }

    /// <summary>Messages that arrived twice.</summary>
    public int Doubled { get; private set; }

    /// <summary>Cuts one direction.</summary>
    public void Cut(string from, string to) => _cuts.Add((from, to));

    /// <summary>Mends one direction.</summary>
    public void Mend(string from, string to) => _cuts.Remove((from, to));

    /// <summary>Whether the direction is cut.</summary>
    public bool IsCut(string from, string to) => _cuts.Contains((from, to));

    /// <summary>Sets the quality of one direction.</summary>
    public void SetQuality(string from, string to, LinkQuality quality) => _qualities[(from, to)] = quality;

    /// <summary>Mends every cut and makes every direction good.</summary>
    public void Heal()
    {
        _cuts.Clear();
        _qualities.Clear();
        Quality = LinkQuality.Good;
    }

    /// <summary>Sends a message.</summary>
    /// <param name="from">The sender's place.</param>
    /// <param name="to">The receiver's place.</param>
    /// <param name="arrive">What happens there; runs never, once or twice, later and outside every node.</param>
    public void Send(string from, string to, Action arrive)
    {
        ArgumentNullException.ThrowIfNull(arrive);
        var quality = _qualities.GetValueOrDefault((from, to)) ?? Quality;
        var isLost = IsCut(from, to) | _random.NextDouble() < quality.DropRate;
        if (isLost)
        {
            Lost++;
            return;
        }

        Travel(quality, arrive);
        if (_random.NextDouble() >= quality.DuplicateRate)
            return;

        Doubled++;
        Travel(quality, arrive);
    }

    /// <summary>Asks at another place and waits for the answer; a cut on the way there or back looks the same from here.</summary>
    /// <param name="node">Who asks, on its clock.</param>
    /// <param name="to">The place asked.</param>
    /// <param name="there">What is done there; twice when the question arrives twice.</param>
    /// <param name="patience">How long the node waits.</param>
    /// <param name="lost">The error when no answer came.</param>
    public async Task<T> AskAsync<T>(WorldNode node, string to, Func<ValueTask<T>> there, TimeSpan patience, Func<Exception> lost)
    {
        ArgumentNullException.ThrowIfNull(node);
        var answer = new TaskCompletionSource<T>();
        await using var deadline = node.Clock.CreateTimer(
            _ => answer.TrySetException(lost()), null, patience, Timeout.InfiniteTimeSpan);
        Send(node.Name, to, () => _ = ArriveAsync());
        return await answer.Task;

        async Task ArriveAsync()
        {
            try
            {
                var result = await there();
                Send(to, node.Name, () => answer.TrySetResult(result));
            }
            catch (Exception error)
            {
                Send(to, node.Name, () => answer.TrySetException(error));
            }
        }
    }

    private void Travel(LinkQuality quality, Action arrive)
    {
        var delay = quality.MinDelay + ((quality.MaxDelay - quality.MinDelay) * _random.NextDouble());
        new Delivery(_time, arrive).In(delay);
    }

    private sealed class Delivery
    {
        private readonly ITimer _timer;

        public Delivery(ManualTime time, Action arrive)
        {
            _timer = time.CreateTimer(_ =>
            {
                _timer!.Dispose();
                arrive();
            }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void In(TimeSpan delay) => _timer.Change(delay, Timeout.InfiniteTimeSpan);
    }
}
