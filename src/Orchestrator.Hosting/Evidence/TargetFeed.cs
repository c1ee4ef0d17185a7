using Microsoft.Extensions.Logging;
using Orchestrator.Actors.Persistence;
using Orchestrator.Contracts;
using Orchestrator.Journal.Sql.Evidence;

namespace Orchestrator.Hosting.Evidence;

/// <summary>Brings the checkpoints to one target, in order, and goes on trying; how far it got is kept in the journal.</summary>
/// <remarks>A new target begins with the newest checkpoint: that one seals all before it.</remarks>
internal sealed class TargetFeed(
    ICheckpointTarget target, ICheckpointStore store, string publicKeys, TimeProvider time, ILogger log)
{
    private const int Page = 100;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private long _published = -1;
    private int _failures;
    private DateTimeOffset _notBefore;
    private volatile JournalException? _error;

    /// <summary>How the target stands.</summary>
    public CheckpointTargetView View => new(target.Name, Math.Max(0, Interlocked.Read(ref _published)), _error is { } error
        ? new ErrorView(error.Code, error.Message, null, [])
        : null);

    /// <summary>Publishes whatever is new, unless it waits after a failure.</summary>
    public async Task CatchUpAsync(long newest, CancellationToken cancellation)
    {
        if (newest == 0 || _published == newest || time.GetUtcNow() < _notBefore) return;
        try
        {
            await PublishAsync(newest, cancellation);
            Recovered();
        }
        catch (JournalException error)
        {
            Failed(error);
        }
    }

    private async Task PublishAsync(long newest, CancellationToken cancellation)
    {
        if (_published < 0)
        {
            var anchors = (await store.LoadAsync(cancellation)).Anchors;
            Interlocked.Exchange(ref _published, anchors.TryGetValue(target.Name, out var kept) ? Math.Min(kept, newest) : newest - 1);
        }

        while (_published < newest)
        {
            var page = await store.ReadAsync(_published + 1, Page, cancellation);
            if (page.Count == 0 || page[0].Number != _published + 1)
            {
                throw TargetErrors.Failed(target.Name, _published + 1, "it is missing in the journal. Run 'journal verify'.");
            }

            foreach (var checkpoint in page)
            {
                await target.PublishAsync(checkpoint, publicKeys, cancellation);
                await store.SaveAnchorAsync(target.Name, checkpoint.Number, cancellation);
                Interlocked.Exchange(ref _published, checkpoint.Number);
            }
        }
    }

    private void Recovered()
    {
        if (_error is not null) log.LogWarning("Checkpoints reach {Target} again", target.Name);
        (_error, _failures) = (null, 0);
    }

    // Said once, and again when it becomes another error; the view tells it as long as it lasts.
    private void Failed(JournalException error)
    {
        if (_error?.Code != error.Code) log.LogError("{Code}: {Message}", error.Code, error.Message);
        _error = error;
        var pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(_failures++, 6)));
        _notBefore = time.GetUtcNow() + (pause < LongestPause ? pause : LongestPause);
    }
}
