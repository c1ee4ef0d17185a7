using System.Security.Cryptography;
using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Replication.Sites;

/// <content>The machine as a source: capture, replication, fencing.</content>
internal sealed partial class SiteMachine
{
    private const int DigestChunk = 1 << 20;
    private CapturedMachine? _capture;
    private ReplicationRun? _run;
    private long _rawBefore;
    private long _sentBefore;

    private string ProgressPath => Path.Combine(SourceDirectory, "copy.progress");

    private string LogDirectory => Path.Combine(SourceDirectory, "log");

    public AttachedSource Attach(SourceRequest request)
    {
        if (_capture is not null)
        {
            if (_capture.Activation <= request.Activation) _capture.Unfence(request.Activation);
            return new AttachedSource(_exports.All);
        }

        var disks = request.Disks ?? CommittedDisks();
        RequireFree(disks);
        _exports.Hold();
        try
        {
            ReleaseCommittedReplica();
            Remember(record => record with { SourceDisks = [.. disks], IsCaptured = true, FinalMark = null });
            OpenCapture(disks);
            _capture!.Unfence(request.Activation);
        }
        catch
        {
            // Whatever is left is found again by the next attempt; the clients must not wait for it.
            _capture?.Dispose();
            _capture = null;
            _exports.Close();
            if (request.Disks is not null) Remember(record => record with { SourceDisks = null, IsCaptured = false });
            throw;
        }

        return new AttachedSource(_exports.All);
    }

    public async Task StartRunAsync(ReplicationRequest request)
    {
        var capture = Captured();
        var hasLost = _run is { } ended && HasLost(ended, request);
        if (_run is { } known && Serves(known, request) && !hasLost) return;
        await StopRunAsync(forgetCopy: hasLost); // Continued, the copy would meet the same gap again.
        if (capture.Loss is not null && request.Mode != CopyMode.Delta) capture.Reset();
        var link = new HttpReplicaLink(new ReplicaLinkOptions
        {
            Host = request.TargetAddress.Host,
            Port = request.TargetAddress.Port,
            Site = request.TargetSite,
            Replica = _id,
            Identity = _options.Identity,
            Time = _options.Time,
            Connections = _options.Connections + 1,
        });
        var session = new ReplicationSession(new ReplicationOptions
        {
            Source = capture,
            Link = link,
            DiskKeys = request.DiskKeys,
            Activation = request.Activation,
            Time = _options.Time,
            Mode = request.Mode switch
            {
                CopyMode.Initial => ReplicationMode.Initial,
                CopyMode.Resync => ReplicationMode.Resync,
                _ => ReplicationMode.Delta,
            },
            ProgressPath = ProgressPath,
            ResyncKey = _options.RandomBytes(32),
            PointInterval = request.PointInterval,
            BytesPerSecond = _options.BytesPerSecond,
            CreditBytes = _options.Credit,
            Connections = _options.Connections,
            NewId = _options.Ids,
        });
        _run = new ReplicationRun(request, session, link);
    }

    public async Task StopRunAsync(bool forgetCopy = false)
    {
        if (_run is { } run)
        {
            _run = null;
            await run.DisposeAsync();
            _rawBefore += run.Status.RawBytes;
            _sentBefore += run.Status.SentBytes;
        }

        if (forgetCopy && File.Exists(ProgressPath)) ReplicationSession.ForgetCopy(ProgressPath);
    }

    public SourceStatus? SourceStatus()
    {
        if (_record.SourceDisks is null) return null;
        var capture = _capture;
        var run = _run;
        return new SourceStatus(
            _exports.All, capture?.Activation ?? 0, capture?.IsFenced ?? false, capture?.Loss ?? run?.Loss,
            run?.Progress(_rawBefore, _sentBefore));
    }

    public EpochMark Quiesce(long activation)
    {
        var capture = Captured();
        capture.Fence(activation);
        if (_record.FinalMark is { } known) return known;
        var mark = capture.CutEpoch(EpochKind.Final, _options.Ids());
        Remember(record => record with { FinalMark = mark });
        return mark;
    }

    public Task DrainAsync(CancellationToken cancellation)
    {
        var mark = _record.FinalMark ?? throw State("drained", "it has not been quiesced");
        var run = _run ?? throw State("drained", "replication does not run");
        return run.DrainAsync(mark, cancellation);
    }

    public void Fence(long activation) => Captured().Fence(activation);

    public void Resume(long activation)
    {
        Captured().Unfence(activation);
        Remember(record => record with { FinalMark = null });
    }

    public async Task ReleaseAsync(bool keepExport)
    {
        await StopRunAsync();
        var disks = _record.SourceDisks;
        if (disks is not null)
        {
            if (keepExport) _exports.Hold();
            else _exports.Close();
            _capture?.Dispose();
            _capture = null;
            Remember(record => record with { SourceDisks = keepExport ? disks : null, IsCaptured = false, FinalMark = null });
        }

        // Also when an earlier attempt was killed right here: a log that is left would be taken up by the next capture.
        if (Directory.Exists(SourceDirectory)) Directory.Delete(SourceDirectory, recursive: true);
        if (disks is not null && keepExport) _exports.Serve([.. disks.Select(disk => FileDisk.Open(disk))], disks);
    }

    public IReadOnlyList<string> DigestSource()
    {
        var capture = Captured();
        return capture.IsFenced
            ? [.. capture.Disks.Select(disk => Digest(disk))]
            : throw State("digested", "it may still be written to; quiesce it first");
    }

    private static bool Serves(ReplicationRun run, ReplicationRequest request)
    {
        var progress = run.Progress(0, 0);
        return run.Request.Generation >= request.Generation && run.Request.Activation == request.Activation
            && (run.Request.Mode == request.Mode || (progress.CopyCompleted && request.Mode == CopyMode.Delta));
    }

    /// <summary>A copy whose changes were lost on the way has to begin anew; a stream of deltas waits for the resync to be asked for.</summary>
    private bool HasLost(ReplicationRun run, ReplicationRequest request) =>
        request.Mode != CopyMode.Delta && (_capture?.Loss ?? run.Loss) is not null && !run.Progress(0, 0).Running;

    private static string Digest(CapturedDisk disk)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[DigestChunk];
        for (var offset = 0L; offset < disk.Length; offset += DigestChunk)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(DigestChunk, disk.Length - offset));
            disk.Read(offset, part);
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void OpenCapture(IReadOnlyList<string> disks)
    {
        _capture = CapturedMachine.Open(new CaptureOptions
        {
            LogDirectory = LogDirectory,
            Disks = disks,
            Ids = _options.Ids,
            SegmentBytes = _options.ChangeLogSegment,
            MaxBytes = _options.ChangeLogLimit,
            TimeProvider = _options.Time,
        });
        _exports.Serve([.. _capture.Disks], disks);
    }

    /// <summary>The disks a committed failover left here: the replica's, which are the machine's own now.</summary>
    private IReadOnlyList<string> CommittedDisks()
    {
        if (_record is { SourceDisks: { } known }) return known;
        return _store is { State: ReplicaState.Committed } store ? store.DiskPaths : throw State("attached", "no disks are known here");
    }

    private void ReleaseCommittedReplica()
    {
        if (_store is not { State: ReplicaState.Committed } store) return;
        Remember(record => record with { SourceDisks = [.. store.DiskPaths], IsCaptured = true, Replica = null, Test = null });
        store.Remove(keepDisks: true);
        _store = null;
    }

    private CapturedMachine Captured() => _capture ?? throw State("used as a source", "it is not captured here");

    private ReplicationException State(string wanted, string why) => new(
        ErrorCodes.ReplicaState, $"Machine {_id} cannot be {wanted} at site {_options.Name}: {why}.", isTransient: false);
}
