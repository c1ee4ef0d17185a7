using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orchestrator.Actors;
using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Sharding;
using Orchestrator.Cluster;
using Orchestrator.Cluster.Bus.Http;
using Orchestrator.Journal.Sql.Postgres;

namespace Orchestrator.Chaos;

/// <summary>One node process: hosts counters and sends commands to all of them, its own and other nodes'.</summary>
/// <remarks>
/// On standard output, a line each: <c>ready</c>; <c>a ENTITY OPERATION MILLISECONDS</c> for a command whose answer came;
/// <c>u OPERATION</c> for one that failed or was not answered; <c>e TEXT</c> for what happens in the cluster.
/// </remarks>
internal sealed class ChaosNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private const int MaxOutstanding = 2000;

    private readonly NodeArguments _arguments;
    private readonly PostgresJournal _journal;
    private readonly PostgresClusterStore _store;
    private readonly ClusterNode _node;
    private readonly ActorSystem _system;
    private readonly ClusterMember _member;
    private readonly ShardRegion<string> _counters;
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private readonly Lock _output = new();
    private int _outstanding;
    private long _operations;

    private ChaosNode(NodeArguments arguments, PostgresJournal journal, PostgresClusterStore store)
    {
        (_arguments, _journal, _store) = (arguments, journal, store);
        var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(arguments.Certificates, "ca.cer"));
        _node = new ClusterNode(new ClusterNodeOptions
        {
            Name = arguments.Name,
            Zone = "test",
            Build = "chaos",
            Listen = new IPEndPoint(IPAddress.Parse(arguments.Address), 0),
            Certificate = X509CertificateLoader.LoadPkcs12FromFile(Path.Combine(arguments.Certificates, $"{arguments.Name}.pfx"), null),
            Trust = PeerTrusts.IssuedBy(authority, TimeProvider.System),
            Store = store,
            Time = TimeProvider.System,
            Random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue)),
            Ids = Guid.NewGuid,
            OnBusEvent = reported => WriteLine($"e bus {reported}"),
            OnShutdown = phase => WriteLine($"e phase {phase.Name} {phase.Error?.Message ?? "done"}"),
        });
        _system = new ActorSystem(new ActorSystemOptions
        {
            Time = TimeProvider.System, Random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue)), Journal = journal,
            Router = _node.Router, OnEvent = OnKernelEvent,
        });
        _member = _node.Join(_system, Tell);
        _counters = _system.AddRegion(Counter.Definition);
    }

    public static async Task<int> RunAsync(NodeArguments arguments)
    {
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        var options = new PostgresJournalOptions { ConnectionString = arguments.Database };
        var journal = await PostgresJournal.OpenAsync(options, arguments.Shards, TimeProvider.System);
        await using var node = new ChaosNode(arguments, journal, new PostgresClusterStore(options));
        await node._node.ListenAsync();
        await node._member.StartAsync();
        node.WriteLine("ready");
        await node.LoadAsync(stop.Token);
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _system.DisposeAsync();
        await _store.DisposeAsync();
        await _journal.DisposeAsync();
    }

    private async Task LoadAsync(CancellationToken stop)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var clock = Stopwatch.StartNew();
        var sent = 0L;
        while (!stop.IsCancellationRequested && await NextAsync(tick, stop))
        {
            var due = (long)(clock.Elapsed.TotalSeconds * _arguments.CommandsPerSecond);
            // What could not be sent while the process stood still is not made up for.
            sent = Math.Max(sent, due - _arguments.CommandsPerSecond);
            for (; sent < due && Volatile.Read(ref _outstanding) < MaxOutstanding; sent++)
                _ = SendAsync();
        }
    }

    private static async Task<bool> NextAsync(PeriodicTimer tick, CancellationToken stop)
    {
        try
        {
            return await tick.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task SendAsync()
    {
        Interlocked.Increment(ref _outstanding);
        var entity = string.Create(CultureInfo.InvariantCulture, $"c{RandomNumberGenerator.GetInt32(_arguments.Entities)}");
        var operation = string.Create(CultureInfo.InvariantCulture, $"{_arguments.Name}-{_run}-{Interlocked.Increment(ref _operations)}");
        var started = Stopwatch.GetTimestamp();
        try
        {
            await _counters.Ask<long>(entity, operation, Patience);
            WriteLine(string.Create(CultureInfo.InvariantCulture, $"a {entity} {operation} {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0}"));
        }
        catch (AskException error)
        {
            WriteLine($"u {operation} {error.Reason}");
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }

    private void OnKernelEvent(KernelEvent reported)
    {
        if (reported is not KernelEvent.DeadLetter and not KernelEvent.ShardLost)
            WriteLine($"e kernel {reported}");
    }

    private void Tell(ClusterEvent reported)
    {
        switch (reported)
        {
            case ClusterEvent.ViewRead:
                return;
            case ClusterEvent.Claimed claimed:
                WriteLine($"e claimed {claimed.Shards.Count}");
                return;
            default:
                WriteLine($"e {reported}");
                return;
        }
    }

    private void WriteLine(string line)
    {
        lock (_output)
            Console.Out.WriteLine(line.ReplaceLineEndings(" "));
    }
}

/// <summary>What a node process is told.</summary>
internal sealed record NodeArguments(
    string Name, string Database, int Shards, string Address, string Certificates, int Entities, int CommandsPerSecond)
{
    public string[] ToArray() =>
    [
        "node", Name, Database, Shards.ToString(CultureInfo.InvariantCulture), Address, Certificates,
        Entities.ToString(CultureInfo.InvariantCulture), CommandsPerSecond.ToString(CultureInfo.InvariantCulture),
    ];

    public static NodeArguments Parse(string[] args) => new(
        args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture), args[4], args[5],
        int.Parse(args[6], CultureInfo.InvariantCulture), int.Parse(args[7], CultureInfo.InvariantCulture));
}
