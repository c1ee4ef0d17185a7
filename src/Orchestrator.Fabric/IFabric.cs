namespace Orchestrator.Fabric;

/// <summary>Starts and stops machines at one site, with disks that replication exports over NBD.</summary>
/// <remarks>
/// Every call is idempotent: it carries the operation and the step it belongs to, and a repeat after a crash finds what the first
/// attempt left and changes nothing more. Every call that gives a machine life carries the activation number; a fabric
/// remembers the highest one per machine and refuses lower ones, so that a site that lost its right cannot start a second copy.
/// </remarks>
public interface IFabric
{
    /// <summary>Starts the machine (or its isolated test copy) on the given disks.</summary>
    /// <exception cref="FabricException">The fabric refused or failed; <see cref="FabricException.IsTransient"/> tells whether to retry.</exception>
    ValueTask<MachineInstance> StartAsync(StartRequest request, CancellationToken cancellation);

    /// <summary>Stops the machine (or its test copy) cleanly; a machine that does not run is no error.</summary>
    /// <remarks>
    /// A stop that comes late, from a node that stood still meanwhile, must not stop what was started since: it is refused where
    /// a higher activation runs, and does nothing where its own operation has started the machine again. From then on a start
    /// under a lower activation is refused, or one that comes late would be a second copy.
    /// </remarks>
    /// <exception cref="FabricException">The fabric refused or failed; <see cref="FabricException.IsTransient"/> tells whether to retry.</exception>
    ValueTask StopAsync(StopRequest request, CancellationToken cancellation);

    /// <summary>What runs under the name, or null.</summary>
    ValueTask<MachineInstance?> FindAsync(string machine, InstanceKind kind, CancellationToken cancellation);
}

/// <summary>Which copy of a machine is meant.</summary>
public enum InstanceKind
{
    /// <summary>The machine that serves production.</summary>
    Production = 1,

    /// <summary>The isolated copy of a test failover.</summary>
    Test = 2,
}

/// <summary>Asks for a start.</summary>
/// <param name="Machine">The machine's name.</param>
/// <param name="Kind">Production or test copy.</param>
/// <param name="Activation">The activation number that gives the right to start.</param>
/// <param name="OperationId">The operation, for idempotence and for the record.</param>
/// <param name="Disks">The disks, in order.</param>
public sealed record StartRequest(
    string Machine, InstanceKind Kind, long Activation, Guid OperationId, IReadOnlyList<DiskAttachment> Disks);

/// <summary>Asks for a stop.</summary>
/// <param name="Machine">The machine's name.</param>
/// <param name="Kind">Production or test copy.</param>
/// <param name="Activation">The highest activation number given out when it was asked: nothing may be started here below it any more.</param>
/// <param name="OperationId">The operation, for idempotence and for the record.</param>
public sealed record StopRequest(string Machine, InstanceKind Kind, long Activation, Guid OperationId);

/// <summary>A disk as a machine attaches it.</summary>
/// <param name="Index">The disk's index on the machine.</param>
/// <param name="Uri">The NBD URI, such as <c>nbd+unix:///web-0?socket=/run/x.sock</c>.</param>
/// <param name="Length">The size in bytes.</param>
public sealed record DiskAttachment(int Index, Uri Uri, long Length);

/// <summary>A machine that runs.</summary>
/// <param name="Machine">The machine's name.</param>
/// <param name="Kind">Production or test copy.</param>
/// <param name="Activation">The activation number it was started with.</param>
/// <param name="OperationId">The operation that started it.</param>
/// <param name="StartedAt">When, UTC.</param>
/// <param name="Disks">Its disks.</param>
public sealed record MachineInstance(
    string Machine, InstanceKind Kind, long Activation, Guid OperationId, DateTimeOffset StartedAt, IReadOnlyList<DiskAttachment> Disks);

/// <summary>A fabric refused or failed.</summary>
public sealed class FabricException : Exception
{
    /// <summary>A higher activation number was seen: this site lost its right to start the machine, or the request its right to stop it.</summary>
    public const string Fenced = "ORC6001";

    /// <summary>The fabric's own record cannot be read or written.</summary>
    public const string RecordFailed = "ORC6002";

    /// <summary>A start or stop hook failed.</summary>
    public const string HookFailed = "ORC6003";

    /// <summary>Creates the error.</summary>
    /// <param name="code">The stable code, ORC6xxx.</param>
    /// <param name="message">What happened, to what, and what to do about it.</param>
    /// <param name="isTransient">Whether the same call may succeed later.</param>
    /// <param name="inner">The cause.</param>
    public FabricException(string code, string message, bool isTransient, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        IsTransient = isTransient;
    }

    /// <summary>The stable code.</summary>
    public string Code { get; }

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsTransient { get; }
}
