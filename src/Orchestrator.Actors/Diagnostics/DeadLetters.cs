namespace Orchestrator.Actors;

/// <summary>Counts what could not be delivered; each one is also a <see cref="KernelEvent.DeadLetter"/>.</summary>
public sealed class DeadLetters
{
    private readonly Action<KernelEvent> _emit;
    private long _count;
    private long _lateReplies;

    internal DeadLetters(Action<KernelEvent> emit) => _emit = emit;

    /// <summary>All dead letters since the start, late replies included.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Answers that came after the deadline of their ask.</summary>
    public long LateReplies => Volatile.Read(ref _lateReplies);

    internal void Add(string recipient, object? message, DeadLetterReason reason)
    {
        Interlocked.Increment(ref _count);
        _emit(new KernelEvent.DeadLetter(recipient, message, reason));
    }

    internal void CountLateReply(string recipient, object? reply)
    {
        Interlocked.Increment(ref _lateReplies);
        Add(recipient, reply, DeadLetterReason.LateReply);
    }

    internal static DeadLetterReason ReasonOf(TellOutcome outcome) => outcome switch
    {
        TellOutcome.Busy => DeadLetterReason.Busy,
        TellOutcome.Unavailable => DeadLetterReason.Unavailable,
        _ => DeadLetterReason.Stopped,
    };
}
