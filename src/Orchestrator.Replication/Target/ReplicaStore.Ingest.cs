using Orchestrator.Replication.Protocol;

namespace Orchestrator.Replication.Target;

/// <content>The link's side: sessions, batches, comparing.</content>
public sealed partial class ReplicaStore
{
    /// <inheritdoc/>
    public ReplicaCursor Cursor
    {
        get
        {
            lock (_gate)
            {
                var control = Volatile.Read(ref _control);
                // Never nothing: the next answer is what tells a sender that there is room again.
                var credit = Math.Max(_options.CreditBytes / 8, _options.CreditBytes - _backlog.ApplicableBytes(control.Consistent));
                return new ReplicaCursor(
                    control.Incarnation, _backlog.NextBatch, _backlog.DurableSequence, control.AppliedEpoch, control.AppliedSequence,
                    control.Consistent, credit);
            }
        }
    }

    /// <inheritdoc/>
    public ReplicaCursor OpenSession(SessionRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_operations)
        {
            RefuseSession(request);
            Grow(request.DiskLengths);
            if (request.Incarnation == _control.Incarnation)
            {
                Resume(request);
            }
            else
            {
                Restart(request);
            }

            return Cursor;
        }
    }

    /// <inheritdoc/>
    public ReplicaCursor Ingest(BatchHeader header, ReadOnlyMemory<byte> frame)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (IsNew(header))
        {
            Admit(Store(header, frame));
        }

        return Cursor;
    }

    /// <inheritdoc/>
    public void HashBlocks(int disk, long firstBlock, ReadOnlySpan<byte> key, Span<byte> hashes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstBlock);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)disk, (uint)_images.Disks.Count, nameof(disk));
        var image = _images.Disks[disk];
        var count = hashes.Length / BlockHash.Length;
        var last = (image.Length + IReplica.BlockSize - 1) / IReplica.BlockSize;
        if (hashes.Length % BlockHash.Length != 0 || firstBlock + count > last)
        {
            throw new ArgumentException($"Blocks {firstBlock} to {firstBlock + count} go beyond the disk's {last}.", nameof(hashes));
        }

        WaitUntilApplied();
        using var hash = new BlockHash(key);
        var content = new byte[IReplica.BlockSize];
        for (var i = 0; i < count; i++)
        {
            var offset = (firstBlock + i) * IReplica.BlockSize;
            var block = content.AsSpan(0, (int)Math.Min(content.Length, image.Length - offset));
            ReadBase(image, offset, block);
            hash.Compute(block, hashes.Slice(i * BlockHash.Length, BlockHash.Length));
        }
    }

    private void ReadBase(BaseDisk image, long offset, Span<byte> block)
    {
        using var scope = _images.EnterRead();
        image.Read(offset, block);
    }

    private void RefuseSession(SessionRequest request)
    {
        if (State != ReplicaState.Receiving)
        {
            throw InState("replicated to", "The machine was failed over here: replicate in the other direction");
        }

        if (request.Activation < _control.Activation)
        {
            throw new ReplicationException(
                ErrorCodes.SessionFenced,
                $"Activation {request.Activation} is over: the replica follows activation {_control.Activation}.", false);
        }

        var lengths = _control.DiskLengths;
        if (request.DiskLengths.Count != lengths.Count || request.DiskLengths.Where((l, i) => l < lengths[i]).Any())
        {
            throw new ReplicationException(
                ErrorCodes.ReplicaState,
                $"The source's disks ({string.Join(", ", request.DiskLengths)} bytes) do not fit the replica's ({string.Join(", ", lengths)}): "
                + "a disk was removed, added or shrunk. Protect the machine anew.", false);
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (_fault is { Scope: FaultScope.Store } or { Scope: FaultScope.History } && !Repairs(_fault, request))
            {
                throw _fault.ToException();
            }
        }
    }

    /// <summary>A new history can do without the damaged undo of the old one.</summary>
    private bool Repairs(ReplicaFault fault, SessionRequest request) =>
        fault.Scope == FaultScope.History && request.Incarnation != _control.Incarnation;

    private void Grow(IReadOnlyList<long> lengths)
    {
        if (lengths.SequenceEqual(_control.DiskLengths))
        {
            return;
        }

        lock (_apply)
        {
            for (var i = 0; i < lengths.Count; i++)
            {
                if (lengths[i] > _images.Disks[i].Length)
                {
                    _images.Disks[i].Resize(lengths[i]);
                }
            }

            UpdateControl(c => c with { DiskLengths = lengths.ToList() });
        }
    }

    private void Resume(SessionRequest request)
    {
        lock (_apply)
        {
            long start;
            lock (_gate)
            {
                if (_fault is { Batch: { } damaged })
                {
                    _backlog.CutFrom(damaged, _control);
                }

                _backlog.ForgetWaiting();
                start = _backlog.NextBatch;
            }

            UpdateControl(c => c with { Session = request.Session, SessionStart = start, Activation = request.Activation });
            _ingest.StartSession(request.Incarnation, request.Session, start);
            ClearFault();
        }
    }

    /// <summary>A new history of sequence numbers: the disks stay, as what the resync compares with; the points stay usable.</summary>
    private void Restart(SessionRequest request)
    {
        lock (_apply)
        {
            var damaged = Volatile.Read(ref _fault) is { Scope: FaultScope.History };
            UpdateControl(c => c with
            {
                Incarnation = request.Incarnation,
                Session = request.Session,
                SessionStart = 0,
                Activation = request.Activation,
                NextApply = 0,
                PrefixSequence = 0,
                AppliedEpoch = 0,
                AppliedSequence = 0,
                Consistent = false,
                Interval = damaged ? 0 : c.Interval,
                IntervalDurable = damaged ? 0 : c.IntervalDurable,
            });
            lock (_gate)
            {
                _backlog.Reset(0, 0, 0, 0);
                _settledSequence = 0;
            }

            _ingest.StartSession(request.Incarnation, request.Session, 0);
            _ingest.Clear();
            if (damaged)
            {
                _images.Undo.DropAll();
            }

            _halfApplied = false;
            ClearFault();
        }
    }

    private void ClearFault()
    {
        lock (_gate)
        {
            _fault = null;
            Monitor.PulseAll(_gate);
        }
    }

    private bool IsNew(BatchHeader header)
    {
        lock (_gate)
        {
            RefuseBatch(header.Session);
            if (header.Number < 0 || _backlog.Objection(header) is { })
            {
                throw new ReplicationException(
                    ErrorCodes.BatchRejected,
                    $"Batch {header.Number} is refused: {_backlog.Objection(header) ?? "its number is negative"}. Resynchronize.", false);
            }

            if (_backlog.Knows(header.Number))
            {
                return false;
            }

            WaitForRoom(header.Session);
            return true;
        }
    }

    /// <summary>Holds a sender up while the applier is too far behind. What it can apply already is what counts, so it always catches up.</summary>
    private void WaitForRoom(Guid session)
    {
        while (_backlog.ApplicableBytes(_control.Consistent) > _options.CreditBytes)
        {
            if (_fault is { } fault)
            {
                _retryDue = true; // A sender that comes again is a good moment to look whether there is space again.
                Monitor.PulseAll(_gate);
                throw fault.ToException();
            }

            Monitor.Wait(_gate);
            RefuseBatch(session);
        }
    }

    private void RefuseBatch(Guid session)
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        var control = Volatile.Read(ref _control);
        if (session != control.Session || control.State != ReplicaState.Receiving)
        {
            throw IngestLog.Fenced(session);
        }

        if (_fault is { Scope: not FaultScope.Retry } fault)
        {
            throw fault.ToException();
        }
    }

    private IngestEntry Store(BatchHeader header, ReadOnlyMemory<byte> frame)
    {
        try
        {
            return _ingest.Append(header, frame, _options.TimeProvider.GetUtcNow());
        }
        catch (ReplicationException e) when (e.Code is ErrorCodes.FlushFailed or ErrorCodes.DiskFailed)
        {
            Fail(new ReplicaFault(FaultScope.Store, e));
            throw;
        }
    }

    private void Admit(IngestEntry entry)
    {
        lock (_gate)
        {
            RefuseBatch(entry.Header.Session);
            _backlog.Add(entry);
            Monitor.PulseAll(_gate);
        }
    }
}
