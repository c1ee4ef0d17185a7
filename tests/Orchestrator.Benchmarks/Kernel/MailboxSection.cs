using Orchestrator.Actors;

namespace Orchestrator.Benchmarks.Kernel;

/// <summary>Messages between actors, against the platform's channels read by a task.</summary>
internal static class MailboxSection
{
    private const int Tells = 500_000;
    private const int Turns = 20_000; // Round trips per pair in a batch.
    private const int Asks = 20_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(Settings settings, Report report)
    {
        var rows = new List<string[]>();
        foreach (var (name, operations, ours, channel) in Pairs())
        {
            var series = await Rounds.MeasureAsync(
                settings,
                Contender.Of("actors", () => Rounds.RateAsync(settings.Window, operations, ours)),
                Contender.Of("channels", () => Rounds.RateAsync(settings.Window, operations, channel)));
            var (actors, channels) = (series[0][0], series[1][0]);
            rows.Add([name, Report.Number(actors.Median), Report.Number(channels.Median),
                Report.Ratio(actors.Median / channels.Median), Report.Spread(actors, channels)]);
        }

        report.Table("mailbox: messages in memory; the peer is System.Threading.Channels", ["", "actors", "channels", "actors/channels", "spread"], rows);
    }

    private static IEnumerable<(string Name, int Operations, Func<Task> Ours, Func<Task> Channel)> Pairs()
    {
        yield return ("tells/s, one sender to one actor", Tells, TellAsync, () => ChannelPeer.TellAsync(Tells));
        foreach (var pairs in new[] { 1, 8 })
        {
            yield return ($"ping-pong round trips/s, {pairs} at once", pairs * Turns, () => PingPongAsync(pairs),
                () => ChannelPeer.PingPongAsync(pairs, Turns));
        }

        foreach (var askers in new[] { 1, 100 })
        {
            yield return ($"asks/s, {askers} outstanding", Asks, () => AskAsync(askers), () => ChannelPeer.AskAsync(askers, Asks / askers));
        }
    }

    private static async Task TellAsync()
    {
        await using var system = NewSystem();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sink = system.Spawn("sink", () => new Player { Last = last });
        for (var left = Tells - 1; left >= 0; left--)
        {
            sink.Tell(left);
        }

        await last.Task.WaitAsync(Patience, TimeProvider.System);
    }

    private static async Task PingPongAsync(int pairs)
    {
        await using var system = NewSystem();
        var games = Enumerable.Range(0, pairs).Select(pair =>
        {
            var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var (one, two) = (new Player { Last = last }, new Player { Last = last });
            two.Other = system.Spawn($"one-{pair}", () => one);
            one.Other = system.Spawn($"two-{pair}", () => two);
            one.Other.Tell(2 * Turns - 1);
            return last.Task;
        }).ToList();
        await Task.WhenAll(games).WaitAsync(Patience, TimeProvider.System);
    }

    private static async Task AskAsync(int askers)
    {
        await using var system = NewSystem();
        var echo = system.Spawn("echo", () => new Player());
        await Task.WhenAll(Enumerable.Range(0, askers).Select(_ => Task.Run(async () =>
        {
            for (var i = 1; i <= Asks / askers; i++)
            {
                await echo.Ask<int>(i, Patience);
            }
        })));
    }

    private static ActorSystem NewSystem() => new(new ActorSystemOptions
    {
        Time = TimeProvider.System, Random = new Random(1), MailboxCapacity = int.MaxValue,
    });

    /// <summary>Counts down to zero: alone, or in turns with another. Answers whoever asks.</summary>
    private sealed class Player : Actor<int>
    {
        public ActorRef<int>? Other { get; set; }

        public TaskCompletionSource? Last { get; init; }

        protected override ValueTask OnMessageAsync(int message, ActorContext<int> context)
        {
            if (Last is null)
            {
                context.Reply(message);
            }
            else if (message == 0)
            {
                Last.SetResult();
            }
            else
            {
                Other?.Tell(message - 1);
            }

            return default;
        }
    }
}
