using Orchestrator.Actors;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Benchmarks.Kernel;

/// <summary>Events stored through the actors, against bare inserts in transactions of as many.</summary>
internal static class JournalSection
{
    public const int PayloadBytes = 200;
    public const int Shards = 16;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(Settings settings, Report report)
    {
        using var scratch = Scratch.OnDisk();
        var rows = new List<string[]>();
        foreach (var actors in new[] { 1, 100, 1000 })
        {
            var series = await Rounds.MeasureAsync(
                settings,
                Contender.Of("actors", () => MeasureAsync(() => OpenSqliteAsync(scratch.Fresh("journal")), actors, settings.Window)),
                Contender.Of("bare", () => BareInserts.MeasureAsync(scratch.Fresh("bare"), actors, settings.Window)));
            var (ours, bare) = (series[0][0], series[1][0]);
            rows.Add([$"{actors} outstanding, events/s", Report.Number(ours.Median), Report.Number(bare.Median),
                Report.Ratio(ours.Median / bare.Median), Report.Spread(ours, bare)]);
        }

        report.Table(
            $"journal: {PayloadBytes} B events in SQLite, synchronous FULL, on disk ({Path.GetTempPath()}); each actor persists one event at a time",
            ["", "actors", "bare inserts", "actors/bare", "spread"], rows);
    }

    private static async Task<IJournal> OpenSqliteAsync(string path) => await SqliteJournal.OpenAsync(path, Shards, TimeProvider.System);

    /// <summary>Events per second through the actors, each with one outstanding.</summary>
    public static async Task<double> MeasureAsync(Func<Task<IJournal>> open, int actors, TimeSpan window)
    {
        await using var journal = await open();
        await using var system = new ActorSystem(new ActorSystemOptions { Time = TimeProvider.System, Random = new Random(1), Journal = journal });
        var region = system.AddRegion(new EntityDefinition<long, bool, byte[]>
        {
            Kind = 1, KindName = "writer", Create = _ => new Writer(), Events = new Payloads(),
        });
        await system.StartAsync();
        var stored = 0L;
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, actors).Select(number => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await region.Ask<long>($"writer-{number}", true, Patience);
                Interlocked.Increment(ref stored);
            }
        })).ToList();
        var rate = await ObserveAsync(() => Interlocked.Read(ref stored), Task.WhenAny(clients), window);
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        return rate;
    }

    /// <summary>Counts within the window alone; a client that ends before has failed.</summary>
    private static async Task<double> ObserveAsync(Func<long> stored, Task ended, TimeSpan window)
    {
        await Task.WhenAny(ended, Task.Delay(WarmUp, TimeProvider.System));
        var (start, before) = (TimeProvider.System.GetTimestamp(), stored());
        await Task.WhenAny(ended, Task.Delay(window, TimeProvider.System));
        return (stored() - before) / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private sealed class Writer : PersistentActor<long, bool, byte[]>
    {
        private static readonly byte[] Payload = new byte[PayloadBytes];

        protected override long InitialState(PersistenceId id) => 0;

        protected override Effect<long, byte[]> OnCommand(long state, bool command, EntityContext<bool> context) =>
            Persist(Payload).ReplyWith(after => after);

        protected override long Apply(long state, byte[] @event) => state + 1;
    }

    private sealed class Payloads : IEventCodec<byte[]>
    {
        public EncodedEvent Encode(byte[] @event) => new(1, 1, @event);

        public byte[] Decode(int typeId, short typeVersion, byte[]? payload) => payload!;
    }
}
