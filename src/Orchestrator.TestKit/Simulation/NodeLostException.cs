namespace Orchestrator.TestKit.Simulation;

/// <summary>The node that was asked died before it answered: the outcome is unknown.</summary>
public sealed class NodeLostException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="node">The name of the node.</param>
    public NodeLostException(string node)
        : base($"Node {node} died before it answered. What was asked may have been done: ask again with the same operation id.")
    {
    }
}
