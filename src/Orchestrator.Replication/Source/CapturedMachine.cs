using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.ChangeLog;

namespace Orchestrator.Replication.Source;

/// <summary>The captured disks of one machine: serves them to the guest and yields their changes as one ordered stream.</summary>
/// <remarks>
/// Order of locks: exclusive operations, gate, range, append, control file. A change: gate (shared), range, number and append to the mapped
/// log, write to the disk. A killed process therefore loses nothing that was answered, and what it leaves is an exact prefix.
/// </remarks>
public sealed class CapturedMachine : IChangeSource, IDisposable
{
    private readonly CaptureOptions _options;
    private readonly FileDisk[] _files;
    private readonly CapturedDisk[] _disks;
    private readonly MachineLog _log;
    private readonly WriteGate _gate = new();
    private readonly Lock _exclusive = new();
    private bool _disposed;

    private CapturedMachine(CaptureOptions options, FileDisk[] files, MachineLog log)
    {
        (_options, _files, _log) = (options, files, log);
        _disks = [.. files.Select((file, index) => new CapturedDisk(index, file, log, _gate))];
        DiskLengths = [.. files.Select(file => file.Length)];
        _gate.Refusal = log.Control.State.IsFenced ? FencedMessage : null;
    }

    /// <summary>The disks, to be served to the guest.</summary>
    public IReadOnlyList<CapturedDisk> Disks => _disks;

    /// <inheritdoc/>
    public IReadOnlyList<long> DiskLengths { get; }

    /// <inheritdoc/>
    public Guid Incarnation => _log.Incarnation;

    /// <inheritdoc/>
    public long LastSequence => _log.LastSequence;

    /// <inheritdoc/>
    public long BacklogBytes => _log.BacklogBytes;

    /// <inheritdoc/>
    public CaptureLoss? Loss => _log.Loss;

    /// <summary>Whether changes are refused.</summary>
    public bool IsFenced => _log.Control.State.IsFenced;

    /// <summary>The highest activation number heard of.</summary>
    public long Activation => _log.Control.State.Activation;

    private string FencedMessage =>
        $"The machine's disks are fenced by activation {_log.Control.State.Activation}: it is active elsewhere or being handed over.";

    /// <summary>
    /// Opens the disks and their change log. After a kill, disks and log are made to agree; where they cannot be, <see cref="Loss"/> is set
    /// and the disks work all the same.
    /// </summary>
    /// <exception cref="ArgumentException">An option is not usable.</exception>
    /// <exception cref="ReplicationException">A disk or the log cannot be opened.</exception>
    public static CapturedMachine Open(CaptureOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var files = new List<FileDisk>();
        try
        {
            foreach (var path in options.Disks)
            {
                files.Add(FileDisk.Open(path));
            }

            return new CapturedMachine(options, [.. files], LogOpening.Open(options, files));
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ReplicationException">The log is lost (the code is the loss's).</exception>
    public EpochMark CutEpoch(EpochKind kind, Guid pointId)
    {
        lock (_exclusive)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var mark = _gate.WhileClosed(() => _log.AppendMark(kind, pointId));
            _log.Flush(); // After opening the gate: the guest does not wait for it.
            _log.ThrowIfLost();
            return mark;
        }
    }

    /// <inheritdoc/>
    public IChangeReader OpenReader(long sequence) => new ChangeLogReader(_log, sequence);

    /// <inheritdoc/>
    public void Release(long throughSequence)
    {
        lock (_exclusive)
        {
            if (!_disposed && _log.Release(throughSequence))
            {
                // A change may be shipped before it reached the disk. Its record must not go before that: recovery needs it.
                var applied = _gate.WhileClosed(() => _log.LastSequence);
                _log.FreeReleased(applied);
            }
        }
    }

    /// <inheritdoc/>
    public long ReadStable(int disk, long offset, Span<byte> buffer) => _disks[disk].ReadStable(offset, buffer);

    /// <inheritdoc/>
    public IReadOnlyList<BlockExtent> GetExtents(int disk, long offset, long length) => _disks[disk].GetExtents(offset, length);

    /// <inheritdoc/>
    public void Reset()
    {
        lock (_exclusive)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _ = _gate.WhileClosed(() =>
            {
                _log.Reset(state => state with { Disks = LogOpening.Describe(_files), WrittenAt = _options.TimeProvider.GetUtcNow() });
                return 0;
            });
        }
    }

    /// <summary>
    /// Refuses every change from now on, durably: no write is answered after this returns, also not after a restart.
    /// </summary>
    /// <param name="activation">The number of the activation that takes the machine away, at least the highest heard of.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.Fenced"/> for a lower number; <see cref="ErrorCodes.FlushFailed"/> or
    /// <see cref="ErrorCodes.DiskFailed"/> when it could not be made durable (changes are refused all the same until restart).</exception>
    public void Fence(long activation)
    {
        lock (_exclusive)
        {
            RequireCurrent(activation);
            _ = _gate.WhileClosed(() => _gate.Refusal = $"The machine's disks are being fenced by activation {activation}.");
            _log.Control.Update(state => state with { IsFenced = true, Activation = activation });
            _gate.Refusal = FencedMessage;
        }
    }

    /// <summary>Allows changes again, durably.</summary>
    /// <param name="activation">The number of the activation that makes the machine active here, at least the highest heard of.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.Fenced"/> for a lower number.</exception>
    public void Unfence(long activation)
    {
        lock (_exclusive)
        {
            RequireCurrent(activation);
            _log.Control.Update(state => state with { IsFenced = false, Activation = activation });
            _gate.Refusal = null;
        }
    }

    /// <summary>Refuses changes, flushes everything and notes the clean close. If a flush fails the next opening asks for a resync.</summary>
    public void Dispose()
    {
        lock (_exclusive)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _ = _gate.WhileClosed(() => _gate.Refusal = "The machine's disks are no longer served here.");
            CloseCleanly();
            _log.Dispose();
            foreach (var file in _files)
            {
                file.Dispose();
            }
        }
    }

    private void CloseCleanly()
    {
        try
        {
            foreach (var disk in _disks)
            {
                disk.Flush();
            }

            _log.Flush();
            _log.CloseCleanly(state => state with { Disks = LogOpening.Describe(_files), WrittenAt = _options.TimeProvider.GetUtcNow() });
        }
        catch (ReplicationException)
        {
            // The loss is recorded, or the close is not: both lead to a resync.
        }
    }

    private void RequireCurrent(long activation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (activation < Activation)
        {
            throw new ReplicationException(
                ErrorCodes.Fenced, $"Activation {activation} is older than {Activation}, which this machine has heard of.", isTransient: false);
        }
    }
}
