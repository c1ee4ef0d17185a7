using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Hosting.Configuration;

namespace Orchestrator.Hosting;

/// <summary>Puts a node into a host's services.</summary>
public static class OrchestratorServices
{
    /// <summary>Adds a node that starts and stops with the host; <see cref="OrchestratorNode"/> can be taken from the services.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes the default options.</param>
    public static IServiceCollection AddOrchestrator(this IServiceCollection services, Action<OrchestratorOptions> configure)
    {
        var options = new OrchestratorOptions();
        configure(options);
        return services.AddOrchestrator(options);
    }

    /// <summary>Adds a node with options already read, for instance by <see cref="NodeConfiguration.Load"/>.</summary>
    public static IServiceCollection AddOrchestrator(this IServiceCollection services, OrchestratorOptions options)
    {
        services.AddSingleton(provider => new OrchestratorNode(
            options, provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance));
        return services.AddHostedService(provider => provider.GetRequiredService<OrchestratorNode>());
    }
}
