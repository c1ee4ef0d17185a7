using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Nbd;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Sites;

/// <summary>Everything one site has of one machine: the captured source, or the replica, and the exports of either.</summary>
/// <remarks>Operations take turns (<see cref="ExclusiveAsync{T}"/>); status reads beside them.
/// What must outlive the process is saved before it counts.</remarks>
internal sealed partial class SiteMachine : IAsyncDisposable
{
    private readonly LocalSiteOptions _options;
    private readonly string _id;
    private readonly string _directory;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly DiskExports _exports;
    private readonly DiskExports _testExports;
    private SiteRecord _record;

    public SiteMachine(LocalSiteOptions options, NbdServer server, string socket, string id)
    {
        _options = options;
        _id = id;
        _directory = Path.Combine(options.Directory, id);
        _exports = new DiskExports(server, socket, id, suffix: "");
        _testExports = new DiskExports(server, socket, id, suffix: "-test");
        Directory.CreateDirectory(_directory);
        _record = SiteRecord.Load(_directory);
    }

    public IReplica? Replica => _store;

    private string SourceDirectory => Path.Combine(_directory, "source");

    private string ReplicaDirectory => Path.Combine(_directory, "replica");

    private string KeyDirectory => Path.Combine(_directory, "keys");

    /// <summary>Runs one operation at a time, off the caller's thread: the data plane's calls block.</summary>
    /// <param name="term">The right of the control node that asks; null when none does.</param>
    /// <param name="operation">What to do once the right is proven.</param>
    /// <param name="cancellation">Cancels waiting.</param>
    public async Task<T> ExclusiveAsync<T>(ControlTerm? term, Func<Task<T>> operation, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return await Task.Factory.StartNew(
                () => AdmitAndRunAsync(term, operation), CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default).Unwrap();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ReplicationException(ErrorCodes.DiskFailed,
                $"Site {_options.Name} could not do this for {_id}: {error.Message} Mend it; the operation is tried again.", isTransient: true, error);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Serves again what was served before the last stop, kill or power cut.</summary>
    public void Reopen()
    {
        if (_record.SourceDisks is { } disks)
        {
            if (_record.IsCaptured) OpenCapture(disks);
            else _exports.Serve([.. disks.Select(disk => FileDisk.Open(disk))], disks);
        }

        if (_record.Replica is not null)
        {
            OpenStore();
            if (_store!.State != ReplicaState.Receiving) ServeActive(_store.Activate(_store.ActiveOperation, null, 0));
            if (_record.Test is { } test) ServeTest(_store.OpenTest(test));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopRunAsync();
        _testExports.Close();
        _exports.Close();
        _capture?.Dispose();
        _store?.Dispose();
        _turn.Dispose();
    }

    private Task<T> AdmitAndRunAsync<T>(ControlTerm? term, Func<Task<T>> operation)
    {
        Admit(term);
        return operation();
    }

    /// <summary>Refuses who lost the machine to another control node; a higher term is durable before its first effect.</summary>
    private void Admit(ControlTerm? term)
    {
        if (term == _record.Term) return;
        if (_record.Term is { } highest && (term is not { } asked || asked.Shard != highest.Shard || asked.Epoch < highest.Epoch))
        {
            throw new ReplicationException(ErrorCodes.ControlFenced,
                $"Site {_options.Name} refuses a control node that acts on {_id} under {Describe(term)}: another one has acted under {Describe(highest)}. " +
                "If the journal was replaced on purpose, stop the site's node, delete Term from the machine's site.json and start it again.",
                isTransient: false);
        }

        Remember(record => record with { Term = term });
    }

    private static string Describe(ControlTerm? term) => term is { } known ? $"epoch {known.Epoch} of shard {known.Shard}" : "no term";

    private void Remember(Func<SiteRecord, SiteRecord> change)
    {
        var record = change(_record);
        record.Save(_directory);
        _record = record;
    }

    private void RequireFree(IReadOnlyList<string> disks)
    {
        foreach (var disk in disks.Where(disk => !File.Exists(disk)))
        {
            throw new ReplicationException(ErrorCodes.DiskNotFound,
                $"There is no disk {disk} at site {_options.Name}. Check the path.", isTransient: false);
        }
    }
}
