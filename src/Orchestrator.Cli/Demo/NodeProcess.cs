using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Orchestrator.Cli.Client;
using Orchestrator.Contracts;

namespace Orchestrator.Cli.Demo;

/// <summary>A real node in a process of its own, so that it can be killed without warning.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const int DefaultPort = 9443;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);
    private readonly string _config;
    private readonly string _log;
    private Process _process;
    private Task _output;

    private NodeProcess(string config, string log, string socket)
    {
        _config = config;
        _log = log;
        Socket = socket;
        Client = new NodeClient(socket);
        (_process, _output) = Launch();
    }

    public string Socket { get; }

    public NodeClient Client { get; }

    public static async Task<NodeProcess> StartAsync(string directory, CancellationToken cancellation)
    {
        var config = Path.Combine(directory, "demo.conf");
        var socket = Path.Combine(directory, "node.sock");
        await File.WriteAllTextAsync(config, $$"""
            orchestrator {
              node {
                data-directory = "{{directory}}/node"
                api-socket = "{{socket}}"
                listen = "127.0.0.1:{{FreePort()}}"
              }
              replication { recovery-point-interval = 5s }
              sites {
                primary  { kind = folder, directory = "{{directory}}/primary" }
                recovery { kind = folder, directory = "{{directory}}/recovery" }
              }
            }

            """, cancellation);
        var node = new NodeProcess(config, Path.Combine(directory, "node.log"), socket);
        await node.UntilReadyAsync(cancellation);
        return node;
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is said.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await _output;
    }

    public async Task RestartAsync(CancellationToken cancellation)
    {
        (_process, _output) = Launch();
        await UntilReadyAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            using var stop = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            using var patience = new CancellationTokenSource(StopPatience);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }

        await _output;
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, DefaultPort));
            return DefaultPort;
        }
        catch (SocketException)
        {
            using var any = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            any.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return ((IPEndPoint)any.LocalEndPoint!).Port;
        }
    }

    private (Process Process, Task Output) Launch()
    {
        var process = Tools.Start(Environment.ProcessPath!,
            [typeof(NodeProcess).Assembly.Location, "up", "--config", _config], redirectInput: false);
        return (process, Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError)));

        async Task CopyAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync() is { } line) await AppendAsync(line);
        }
    }

    private async Task AppendAsync(string line)
    {
        await using var log = new FileStream(_log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        await using var writer = new StreamWriter(log);
        await writer.WriteLineAsync(line);
    }

    private async Task UntilReadyAsync(CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(StartPatience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        while (true)
        {
            try
            {
                await Client.GetAsync<NodeStatus>(Routes.Status, either.Token);
                return;
            }
            catch (CliException error) when (error.ExitCode == ExitCodes.NodeUnreachable && !_process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, either.Token);
            }
            catch (CliException error)
            {
                var last = File.Exists(_log) ? string.Join('\n', File.ReadLines(_log).TakeLast(20)) : "(no output)";
                throw new CliException(ExitCodes.Failed, error.Error with { Message = $"The node did not start:\n{last}" }, error);
            }
        }
    }
}
