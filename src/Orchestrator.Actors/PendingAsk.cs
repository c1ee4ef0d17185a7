namespace Orchestrator.Actors;

/// <summary>One ask under way: completes once, by answer, refusal, deadline or cancellation, whichever comes first.</summary>
internal sealed class PendingAsk<TReply> : ReplyTarget
{
    private readonly TaskCompletionSource<TReply> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _recipient;
    private readonly TimeSpan _timeout;
    private readonly DeadLetters _deadLetters;
    private readonly ITimer _deadline;
    private CancellationTokenRegistration _cancellation;

    public PendingAsk(string recipient, TimeSpan timeout, TimeProvider time, DeadLetters deadLetters, CancellationToken token)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        _recipient = recipient;
        _timeout = timeout;
        _deadLetters = deadLetters;
        Deadline = time.GetUtcNow() + timeout;
        _deadline = time.CreateTimer(static state => ((PendingAsk<TReply>)state!).Expire(), this, timeout, Timeout.InfiniteTimeSpan);
        if (token.CanBeCanceled)
            _cancellation = token.UnsafeRegister(static (state, token) => ((PendingAsk<TReply>)state!).Cancel(token), this);
    }

    public Task<TReply> Task => _completion.Task;

    internal override DateTimeOffset? Deadline { get; }

    public override bool TryReply(object? reply)
    {
        var taken = reply is TReply typed ? _completion.TrySetResult(typed)
            : reply is null && default(TReply) is null ? _completion.TrySetResult(default!)
            : _completion.TrySetException(WrongType(reply));
        if (!taken)
            _deadLetters.CountLateReply(_recipient, reply);

        return End(taken);
    }

    public override bool TryFail(AskException error) => End(_completion.TrySetException(error));

    /// <summary>Ends an ask that was never sent.</summary>
    public void Discard() => End(_completion.TrySetCanceled());

    private void Expire() => TryFail(new AskException(AskFailure.Timeout,
        $"'{_recipient}' did not answer within {_timeout}. It may still carry the command out: retry with the same operation id."));

    private void Cancel(CancellationToken token) => End(_completion.TrySetCanceled(token));

    private bool End(bool taken)
    {
        if (taken)
        {
            _deadline.Dispose();
            _cancellation.Unregister();
        }

        return taken;
    }

    private AskException WrongType(object? reply) => new(AskFailure.WrongReplyType,
        $"'{_recipient}' answered with {reply?.GetType().Name ?? "null"} where {typeof(TReply).Name} was asked for.");
}
