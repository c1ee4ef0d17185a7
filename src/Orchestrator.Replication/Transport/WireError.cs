using Microsoft.AspNetCore.Http;

namespace Orchestrator.Replication.Transport;

/// <summary>An error as it goes over the link.</summary>
/// <param name="Code">A code of <see cref="ErrorCodes"/>.</param>
/// <param name="Message">What happened and what to do.</param>
/// <param name="Transient">Whether trying again later can help.</param>
internal sealed record WireError(string Code, string Message, bool Transient)
{
    internal ReplicationException ToException() => new(Code, Message, Transient);

    internal static WireError From(ReplicationException error) => new(error.Code, error.Message, error.IsTransient);

    /// <summary>The status that intermediaries and logs understand; the receiver of the body needs only the body.</summary>
    internal int Status => Code switch
    {
        ErrorCodes.ReplicaNotFound or ErrorCodes.PointNotFound => StatusCodes.Status404NotFound,
        ErrorCodes.SessionFenced or ErrorCodes.ReplicaState or ErrorCodes.Fenced => StatusCodes.Status409Conflict,
        ErrorCodes.BatchRejected => StatusCodes.Status422UnprocessableEntity,
        ErrorCodes.DiskFull => StatusCodes.Status507InsufficientStorage,
        ErrorCodes.AuthenticationFailed => StatusCodes.Status403Forbidden,
        _ => Transient ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError,
    };
}
