namespace Orchestrator.Actors;

/// <summary>An ask that got no answer.</summary>
public sealed class AskException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="reason">Why there is no answer.</param>
    /// <param name="message">What happened, to whom, and what to do about it.</param>
    /// <param name="retryAfter">When a retry may succeed; zero when unknown.</param>
    /// <param name="inner">The cause.</param>
    public AskException(AskFailure reason, string message, TimeSpan retryAfter = default, Exception? inner = null)
        : base(message, inner)
    {
        Reason = reason;
        RetryAfter = retryAfter;
    }

    /// <summary>Why there is no answer.</summary>
    public AskFailure Reason { get; }

    /// <summary>When a retry may succeed; zero when unknown.</summary>
    public TimeSpan RetryAfter { get; }

    /// <summary>The stable code of <see cref="Reason"/>.</summary>
    public string Code => Reason switch
    {
        AskFailure.Timeout => ActorErrorCodes.AskTimeout,
        AskFailure.Busy => ActorErrorCodes.Busy,
        AskFailure.Unavailable => ActorErrorCodes.Unavailable,
        AskFailure.Stopped => ActorErrorCodes.Stopped,
        AskFailure.Rejected => ActorErrorCodes.Rejected,
        AskFailure.NotConfirmed => ActorErrorCodes.NotConfirmed,
        AskFailure.WrongReplyType => ActorErrorCodes.WrongReplyType,
        _ => ActorErrorCodes.ActorFailed,
    };
}
