namespace Orchestrator.Cluster.Bus;

/// <summary>An operating error of the bus: a peer, a certificate, a frame or an address failed or was refused.</summary>
public sealed class BusException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="fault">What happened.</param>
    /// <param name="inner">The cause.</param>
    public BusException(BusFault fault, Exception? inner = null)
        : base((fault ?? throw new ArgumentNullException(nameof(fault))).Message, inner) => Fault = fault;

    /// <summary>What happened.</summary>
    public BusFault Fault { get; }

    /// <summary>The stable code.</summary>
    public string Code => Fault.Code;

    /// <summary>Whether trying again later can help.</summary>
    public bool IsTransient => Fault.IsTransient;
}
