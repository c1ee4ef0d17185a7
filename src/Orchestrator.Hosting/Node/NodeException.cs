using Orchestrator.Contracts;

namespace Orchestrator.Hosting;

/// <summary>A node could not start.</summary>
public sealed class NodeException : Exception
{
    /// <summary>Creates the error.</summary>
    public NodeException(ErrorView error, Exception? inner = null)
        : base($"{error.Code}: {error.Message} {error.Advice}", inner) => Error = error;

    /// <summary>What happened and what to do.</summary>
    public ErrorView Error { get; }
}
