namespace Orchestrator.Simulation.Nodes;

/// <summary>How the nodes share the machines: the place where a cluster with membership is plugged in.</summary>
internal interface IDeployment
{
    /// <summary>Every process that was started and is not known to be dead, the newest last.</summary>
    IReadOnlyList<ControlProcess> Processes { get; }

    /// <summary>The process a client is best sent to now; null when there is none.</summary>
    ControlProcess? Serving { get; }

    /// <summary>Starts a process on a node.</summary>
    /// <returns>Whether it serves.</returns>
    Task<bool> StartAsync(string node);

    /// <summary>Keeps the machines served as an operator of the nodes would: watches, restarts, takes over; ends when cancelled.</summary>
    Task WatchAsync(CancellationToken stopping);

    /// <summary>Brings the nodes into a state in which all must work again; one of them may stay broken for good.</summary>
    Task HealAsync();
}
