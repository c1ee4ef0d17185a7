using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;
using Orchestrator.Hocon;
using Orchestrator.Hosting;
using Orchestrator.Hosting.Configuration;

namespace Orchestrator.Cli.Verbs;

/// <summary><c>orchestrator up</c>: runs a node in this process until it is told to stop.</summary>
internal static class Up
{
    public static Command Make()
    {
        var config = new Option<string[]>("--config") { Description = "A HOCON file laid over the defaults; repeat for several." };
        var set = new Option<string[]>("--set") { Description = "A single setting, such as orchestrator.node.listen=127.0.0.1:9444." };
        var command = new Command("up", "Runs a node from a HOCON file until it is stopped (Ctrl+C or SIGTERM).") { config, set };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(config) ?? [], parsed.GetValue(set) ?? [], cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string[] files, string[] settings, CancellationToken cancellation)
    {
        try
        {
            var options = NodeConfiguration.Load(files, settings);
            using var host = Build(options);
            await host.StartAsync(cancellation);
            var node = host.Services.GetRequiredService<OrchestratorNode>();
            Console.WriteLine($"orchestrator: process {Environment.ProcessId}, peers at {node.Endpoint}, " +
                $"API at {(options.Node.ApiSocket.Length > 0 ? options.Node.ApiSocket : NodeAddress.Default)}");
            await host.WaitForShutdownAsync(cancellation);
            return ExitCodes.Done;
        }
        catch (HoconException error)
        {
            foreach (var problem in error.Problems) Console.Error.WriteLine(problem);
            return ExitCodes.Usage;
        }
        catch (NodeException error)
        {
            Show.Error(error.Error, json: false);
            return ExitCodes.Failed;
        }
    }

    private static IHost Build(OrchestratorOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddOrchestrator(options);
        return builder.Build();
    }
}
