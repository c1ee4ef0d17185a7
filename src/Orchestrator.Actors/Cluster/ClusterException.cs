namespace Orchestrator.Actors.Cluster;

/// <summary>The node cannot take part in the cluster as it is.</summary>
public sealed class ClusterException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">One of <see cref="ActorErrorCodes"/>.</param>
    /// <param name="message">What is wrong, and what to do about it.</param>
    public ClusterException(string code, string message)
        : base(message) => Code = code;

    /// <summary>The stable code, ORC454x.</summary>
    public string Code { get; }
}
