using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Orchestrator.Contracts;

namespace Orchestrator.EndToEnd.Tests.Nodes;

/// <summary>A node as a process of its own, started with `orchestrator up`, that can be stopped, killed and started again.</summary>
public sealed class Node : IAsyncDisposable
{
    private const int LooksPerMeanwhile = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private readonly HttpClient _http;
    private readonly StringBuilder _said = new();
    private Process? _process;
    private Task _reading = Task.CompletedTask;

    public Node(string config, string socket)
    {
        Config = config;
        Socket = socket;
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) { BaseAddress = new Uri("http://node") };
    }

    public string Config { get; }

    public string Socket { get; }

    /// <summary>Everything the node printed, over all its processes.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Starts the process and waits for its first line, which it prints when it serves.</summary>
    public async Task StartAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = Programs.Start(Programs.Dotnet, Programs.Orchestrator, "up", "--config", Config);
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, ready), ReadAsync(process.StandardError, null));
        var first = await Task.WhenAny(ready.Task, process.WaitForExitAsync(), Task.Delay(Patience, TimeProvider.System));
        first.Should().BeSameAs(ready.Task, "phase: node start; expected: it serves; it said: {0}", Said);
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is said.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        await _reading;
    }

    /// <summary>SIGTERM, to which the node ends with 0.</summary>
    public async Task StopAsync()
    {
        await Programs.SucceedAsync("kill", "-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture));
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        await _reading;
        _process.ExitCode.Should().Be(0, "phase: node stop; it said: {0}", Said);
    }

    /// <summary>A verb of the command line, against this node.</summary>
    public Task<Ended> VerbAsync(params string[] words) =>
        Programs.RunAsync(Programs.Dotnet, [Programs.Orchestrator, .. words, "--node", Socket]);

    /// <summary>A verb that must succeed and whose `--json` output must be of the given form.</summary>
    public async Task<T> DoAsync<T>(params string[] words)
    {
        var ended = await VerbAsync([.. words, "--json"]);
        ended.Code.Should().Be(0, "phase: {0}; it said: {1}; the node said: {2}", string.Join(' ', words), ended.All, Said);
        return JsonSerializer.Deserialize<T>(ended.Out, Wire.Json)!;
    }

    /// <summary>An operation followed to its end, which must be a good one.</summary>
    public async Task<JobView> OperateAsync(params string[] words)
    {
        var job = await DoAsync<JobView>(words);
        job.State.Should().Be("Succeeded", "phase: {0}", string.Join(' ', words));
        return job;
    }

    /// <summary>A verb that must be refused with the given exit code; the error it told.</summary>
    public async Task<ErrorView> RefusedAsync(int code, params string[] words)
    {
        var ended = await VerbAsync([.. words, "--json"]);
        ended.Code.Should().Be(code, "phase: {0}; it said: {1}", string.Join(' ', words), ended.All);
        return JsonSerializer.Deserialize<ErrorView>(ended.Error, Wire.Json)!;
    }

    public async Task<T> GetAsync<T>(string route) =>
        (await _http.GetFromJsonAsync<T>(new Uri(route, UriKind.Relative), Wire.Json))!;

    public Task<MachineStatus> StatusAsync(string machine) => GetAsync<MachineStatus>(Routes.ForMachine(Routes.Machine, machine));

    public Task<List<PointView>> PointsAsync(string machine) => GetAsync<List<PointView>>(Routes.ForMachine(Routes.Points, machine));

    public async Task<long> CountEventsAsync() => (await GetAsync<JournalVerification>(Routes.JournalVerify)).Events;

    /// <summary>Looks until the machine is as expected; says phase, expectation and what it is instead when the time is over.</summary>
    public async Task<MachineStatus> UntilAsync(
        string machine, string phase, string expected, Func<MachineStatus, bool> reached, Func<Task>? meanwhile = null)
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var look = 1; ; look++)
        {
            var status = await TryStatusAsync(machine);
            if (status is not null && reached(status)) return status;
            TimeProvider.System.GetElapsedTime(start).Should().BeLessThan(Patience, "phase: {0}; expected: {1}; actual: {2}; the node said: {3}",
                phase, expected, JsonSerializer.Serialize(status, Wire.Json), Said);
            if (meanwhile is not null && look % LooksPerMeanwhile == 0) await meanwhile();
            await Task.Delay(Interval, TimeProvider.System);
        }
    }

    /// <summary>Null while a node that has just started has not read the machine's history.</summary>
    private async Task<MachineStatus?> TryStatusAsync(string machine)
    {
        try
        {
            return await StatusAsync(machine);
        }
        catch (HttpRequestException error) when (error.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task ReadAsync(StreamReader reader, TaskCompletionSource? ready)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_said) _said.AppendLine(line);
            if (line.StartsWith("orchestrator: process", StringComparison.Ordinal)) ready?.TrySetResult();
        }
    }
}
