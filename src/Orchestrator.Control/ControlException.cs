using Orchestrator.Contracts;

namespace Orchestrator.Control;

/// <summary>A request that was not carried out, with what its sender can do.</summary>
public sealed class ControlException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="kind">What kind of error it is.</param>
    /// <param name="error">The error for the sender.</param>
    /// <param name="inner">The cause.</param>
    public ControlException(ControlFailure kind, ErrorView error, Exception? inner = null)
        : base(error.Message, inner)
    {
        Kind = kind;
        Error = error;
    }

    /// <summary>What kind of error it is.</summary>
    public ControlFailure Kind { get; }

    /// <summary>The error for the sender.</summary>
    public ErrorView Error { get; }
}

/// <summary>The kinds of errors a request meets.</summary>
public enum ControlFailure
{
    /// <summary>The request is malformed or names what cannot be.</summary>
    Invalid = 1,

    /// <summary>What it names does not exist.</summary>
    NotFound = 2,

    /// <summary>The machine's state does not allow it.</summary>
    Conflict = 3,

    /// <summary>It cannot be answered now; the same request may be sent again.</summary>
    Unavailable = 4,
}
