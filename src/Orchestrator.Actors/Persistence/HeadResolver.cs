namespace Orchestrator.Actors.Persistence;

/// <summary>Finds out, through a shard's head, what became of an append nobody confirmed.</summary>
/// <remarks>
/// The append is a compare-and-swap on (epoch, head), so four cases remain: the epoch moved – the shard is lost; the head is where
/// it was – nothing was stored, send again; the head moved by exactly this batch and the last hash is ours – stored; anything
/// else – the store was rewound or written by somebody else, and writing on would make it worse.
/// </remarks>
internal sealed class HeadResolver(IJournal journal, JournalGate health, Action<ShardCursor, string> lose)
{
    public async Task ResolveAsync(ShardBatch batch)
    {
        if (batch.IsDone || !(batch.IsUncertain || batch.Cursor.NeedsSync))
            return;

        var cursor = batch.Cursor;
        var found = await health.WatchAsync(journal.ReadShardHeadAsync(cursor.ShardId, CancellationToken.None));
        if (found.Epoch != cursor.Epoch)
            Lose(batch, ActorErrorCodes.ShardFenced);
        else if (found.Head == cursor.Head)
            Resend(batch);
        else if (batch.IsUncertain && await IsOursAsync(batch, found.Head))
            batch.CompleteStored();
        else if (cursor.IsSuspect && found.Head > cursor.Head)
            AcceptLateWrite(batch, found.Head);
        else
            Lose(batch, ActorErrorCodes.ShardDiverged);
    }

    /// <summary>Completes the batch if the head proves it stored while its append has not answered; else nothing is known yet.</summary>
    public async Task ConfirmAsync(ShardBatch batch)
    {
        var found = await health.WatchAsync(journal.ReadShardHeadAsync(batch.Cursor.ShardId, CancellationToken.None));
        if (found.Epoch == batch.Cursor.Epoch && await IsOursAsync(batch, found.Head))
            batch.CompleteStored();
    }

    private static void Resend(ShardBatch batch)
    {
        batch.IsUncertain = false;
        batch.Cursor.NeedsSync = false;
    }

    /// <summary>A write given up earlier has landed: its entity has restarted since, or will. This batch is tried from the new head.</summary>
    private static void AcceptLateWrite(ShardBatch batch, long head)
    {
        batch.Cursor.Head = head;
        Resend(batch);
    }

    private async Task<bool> IsOursAsync(ShardBatch batch, long head)
    {
        if (batch.EventCount == 0 || head != batch.Cursor.Head + batch.EventCount)
            return false;

        var last = await health.WatchAsync(journal.ReadShardAsync(batch.Cursor.ShardId, head - 1, 1, CancellationToken.None));
        return last.Count == 1 && last[0].Hash.AsSpan().SequenceEqual(batch.LastEvent.Hash);
    }

    private void Lose(ShardBatch batch, string code)
    {
        lose(batch.Cursor, code);
        batch.Complete(WriteResult.ShardLost);
    }
}
