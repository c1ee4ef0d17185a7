using Microsoft.Extensions.Logging;
using Orchestrator.Actors.Persistence;
using Orchestrator.Contracts;
using Orchestrator.Hosting.Configuration;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Hosting.Evidence;

/// <summary>Takes and publishes checkpoints while the node runs, and a last one when it stops. The journal never waits for it.</summary>
internal sealed class CheckpointService : IAsyncDisposable
{
    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Checkpointer<SqliteJournalImage> _checkpointer;
    private readonly ICheckpointStore _store;
    private readonly List<TargetFeed> _feeds;
    private readonly CheckpointKey _key;
    private readonly CheckpointOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private Task _running = Task.CompletedTask;
    private long _newest;
    private DateTimeOffset _lastTaken;
    private volatile JournalException? _error;

    public CheckpointService(
        SqliteJournal journal, string journalPath, CheckpointOptions options, string keyPath, TimeProvider time, ILogger log)
    {
        (_store, _options, _time, _log) = (journal.Checkpoints, options, time, log);
        _key = CheckpointKeyFile.LoadOrCreate(keyPath);
        _checkpointer = new Checkpointer<SqliteJournalImage>(
            _store, _ => ValueTask.FromResult(SqliteJournalImage.Open(journalPath)), _key, time);
        var publicKeys = File.ReadAllText(CheckpointKeyFile.PublicPath(keyPath));
        _feeds = [.. options.Publish.Select(target => new TargetFeed(TargetOf(target, time), _store, publicKeys, time, log))];
    }

    /// <summary>Names the key that signs.</summary>
    public string KeyId => _key.KeyId;

    /// <summary>How each target stands.</summary>
    public IReadOnlyList<CheckpointTargetView> Targets => [.. _feeds.Select(static feed => feed.View)];

    /// <summary>What is wrong with taking or publishing checkpoints; empty when nothing is.</summary>
    public IReadOnlyList<HealthReasonView> Health =>
    [
        .. _error is { } error ? [Reason(error.Code, "Critical", error.Message)] : Array.Empty<HealthReasonView>(),
        .. Targets.Where(static target => target.Error is not null).Select(static target => Reason(
            target.Error!.Code, target.Error.Code == EvidenceErrorCodes.PublishedDiffers ? "Critical" : "Warning", target.Error.Message)),
    ];

    /// <summary>Begins; the newest checkpoint is published again where it has not arrived.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _newest = (await _store.LoadAsync(cancellation)).Last?.Number ?? 0;
        _lastTaken = _time.GetUtcNow();
        _running = Task.WhenAll([TakeAsync(), .. _feeds.Select(FeedAsync)]);
    }

    /// <summary>Seals and publishes what is left, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        using var limit = new CancellationTokenSource(Farewell, _time);
        try
        {
            await TakeIfDueAsync(minimum: 1, limit.Token);
            await Task.WhenAll(_feeds.Select(feed => feed.CatchUpAsync(_newest, limit.Token)));
        }
        catch (OperationCanceledException)
        {
            // The next start goes on from here.
        }

        _stopping.Dispose();
        _key.Dispose();
    }

    private Task TakeAsync() => RepeatAsync(cancellation =>
        TakeIfDueAsync(_time.GetUtcNow() - _lastTaken >= _options.Every ? 1 : _options.Events, cancellation));

    private Task FeedAsync(TargetFeed feed) => RepeatAsync(cancellation => feed.CatchUpAsync(Interlocked.Read(ref _newest), cancellation));

    private async Task RepeatAsync(Func<CancellationToken, Task> work)
    {
        using var timer = new PeriodicTimer(_options.Every < LongestTick ? _options.Every : LongestTick, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token)) await GuardAsync(work);
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }
    }

    /// <summary>An error nobody foresaw is told, and must not end the evidence for good.</summary>
    private async Task GuardAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_stopping.Token);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _log.LogError(error, "Checkpoints failed in an unforeseen way; tried again");
        }
    }

    private async Task TakeIfDueAsync(long minimum, CancellationToken cancellation)
    {
        try
        {
            if (await _checkpointer.TakeAsync(minimum, cancellation) is { } taken)
            {
                Interlocked.Exchange(ref _newest, taken.Number);
            }

            if (minimum == 1) _lastTaken = _time.GetUtcNow();
            _error = null;
        }
        catch (JournalException error)
        {
            // Looked at again at the next tick: a full disk passes, and a contradiction stays told until somebody acts.
            if (_error?.Code != error.Code) _log.LogError("{Code}: {Message}", error.Code, error.Message);
            _error = error;
            _lastTaken = _time.GetUtcNow();
        }
    }

    private static ICheckpointTarget TargetOf(PublishOptions options, TimeProvider time) => options.Kind switch
    {
        PublishKind.Directory => new DirectoryTarget(Path.GetFullPath(options.Path)),
        PublishKind.File => new FileTarget(Path.GetFullPath(options.Path)),
        _ => new CommandTarget(options.Command, time),
    };

    private static HealthReasonView Reason(string code, string level, string message) => new(code, level, message, "");
}
