namespace Orchestrator.Replication;

/// <summary>An operating error of the data plane: a disk, a log, a link or a peer failed or refused.</summary>
public sealed class ReplicationException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable code of <see cref="ErrorCodes"/>.</param>
    /// <param name="message">What happened, to what, and what to do about it.</param>
    /// <param name="isTransient">Whether trying again later can help without anybody changing anything but the surroundings.</param>
    /// <param name="inner">The cause.</param>
    public ReplicationException(string code, string message, bool isTransient, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        IsTransient = isTransient;
    }

    /// <summary>The stable code.</summary>
    public string Code { get; }

    /// <summary>Whether trying again later can help.</summary>
    public bool IsTransient { get; }
}
