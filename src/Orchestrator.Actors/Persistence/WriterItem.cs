namespace Orchestrator.Actors.Persistence;

/// <summary>What waits for the journal writer.</summary>
internal abstract class WriterItem
{
    private WriterItem()
    {
    }

    /// <summary>A write whose entity waits in its turn.</summary>
    public sealed class Ticket(WriteRequest request, long enqueuedAt) : WriterItem
    {
        private readonly TaskCompletionSource<WriteResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public WriteRequest Request { get; } = request;

        /// <summary>On the monotonic clock: a wall clock that jumps must not end an outage's patience.</summary>
        public long EnqueuedAt { get; } = enqueuedAt;

        /// <summary>Part of a commit. Belongs to the writer's loop.</summary>
        public bool IsTaken { get; set; }

        public bool IsCompleted => _result.Task.IsCompleted;

        public Task<WriteResult> Result => _result.Task;

        public int Bytes { get; } = request.Events.Sum(stored => stored.Payload!.Length + stored.Meta.Length)
            + request.Outbox.Sum(message => message.Payload.Length);

        public void Complete(in WriteResult result) => _result.TrySetResult(result);
    }

    /// <summary>A snapshot nobody waits for; it takes its turn here because a store has one writer at a time.</summary>
    public sealed class Snapshot(JournalSnapshot value) : WriterItem
    {
        public JournalSnapshot Value { get; } = value;
    }
}
