using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts;
using Orchestrator.Hosting.Configuration;
using Orchestrator.Hocon;

namespace Orchestrator.Hosting.Tests.Node;

/// <summary>A node in a generic host, and a client on its socket.</summary>
internal sealed class RunningNode : IAsyncDisposable
{
    private readonly IHost _host;

    private RunningNode(IHost host, OrchestratorOptions options)
    {
        _host = host;
        Options = options;
        Http = ClientOf(options.Node.ApiSocket);
    }

    internal OrchestratorOptions Options { get; }

    internal HttpClient Http { get; }

    internal OrchestratorNode Node => _host.Services.GetRequiredService<OrchestratorNode>();

    internal static OrchestratorOptions OptionsIn(TemporaryFolder folder, string node = "n") => new()
    {
        Node = { DataDirectory = folder[$"{node}-data"], ApiSocket = folder[$"{node}.sock"], Listen = "127.0.0.1:0" },
        Journal = { Shards = 2 },
        Actors = { MonitorInterval = TimeSpan.FromMilliseconds(50) },
        Replication = { ChangeLogSegment = new ByteSize(1 << 20), ChangeLogLimit = new ByteSize(8 << 20) },
        Sites =
        {
            ["berlin"] = new SiteOptions { Directory = folder[$"{node}-berlin"] },
            ["hamburg"] = new SiteOptions { Directory = folder[$"{node}-hamburg"] },
        },
    };

    internal static async Task<RunningNode> StartAsync(OrchestratorOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Services.AddOrchestrator(options);
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return new RunningNode(host, options);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    internal async Task<T> GetAsync<T>(string route) => (await Http.GetFromJsonAsync<T>(route, Wire.Json))!;

    internal Task<HttpResponseMessage> PostAsync<T>(string route, T request) => Http.PostAsJsonAsync(route, request, Wire.Json);

    internal static async Task<(HttpStatusCode Status, ErrorView Error)> ErrorOfAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, JsonSerializer.Deserialize<ErrorView>(text, Wire.Json)!);
    }

    /// <summary>Asks until it holds; the test's own time limit ends it.</summary>
    internal async Task<MachineStatus> UntilAsync(string machine, Func<MachineStatus, bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var status = await GetAsync<MachineStatus>(Routes.ForMachine(Routes.Machine, machine));
            if (holds(status)) return status;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _host.StopAsync();
        _host.Dispose();
    }

    private static HttpClient ClientOf(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://node") };
}
