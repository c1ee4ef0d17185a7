using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Durability;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>Opens a machine's change log and makes disks and log agree, or finds out that they cannot be made to.</summary>
internal static class LogOpening
{
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(5);

    /// <summary>Opens the log in <see cref="CaptureOptions.LogDirectory"/>; a <see cref="MachineLog.Loss"/> says that a resync is needed.</summary>
    /// <exception cref="ReplicationException">The log's files cannot be used at all.</exception>
    public static MachineLog Open(CaptureOptions options, IReadOnlyList<FileDisk> disks)
    {
        MakeDirectory(options.LogDirectory);
        ControlFile? control = null;
        LogHead? head = null;
        SegmentPool? pool = null;
        try
        {
            control = ControlFile.Open(Path.Combine(options.LogDirectory, "control"));
            head = LogHead.Open(Path.Combine(options.LogDirectory, "head"));
            var isFresh = control.IsNew && !SegmentPool.HasSegments(options.LogDirectory);
            var state = control.State;
            var isKnown = !control.IsNew && !control.IsDamaged;
            (pool, var live) = SegmentPool.Open(
                options.LogDirectory, options.SegmentBytes, options.MaxBytes,
                segment => isKnown && segment.Incarnation == state.Incarnation && segment.Disk < options.Disks.Count);
            var log = new MachineLog(options, control, head, pool, isKnown ? state.Incarnation : options.Ids());
            if (isFresh)
            {
                Begin(log, options, disks, new ControlState());
                log.Adopt(new RecoveredLog(0, 0, 0, 0, 0, [], []));
            }
            else
            {
                Continue(log, options, disks, head, pool, live);
            }

            return log;
        }
        catch
        {
            pool?.Dispose();
            head?.Dispose();
            control?.Dispose();
            throw;
        }
    }

    /// <summary>What the disks look like now.</summary>
    public static IReadOnlyList<DiskIdentity> Describe(IReadOnlyList<FileDisk> disks) =>
        [.. disks.Select(disk => disk.GetIdentity() is var identity
            ? new DiskIdentity(disk.Length, identity.ModifiedNanoseconds, identity.Device, identity.Inode) : null!)];

    private static void MakeDirectory(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ReplicationException(
                ErrorCodes.DiskFailed, $"Making the change log's directory {directory} failed: {error.Message}", isTransient: false, error);
        }
    }

    private static void Begin(MachineLog log, CaptureOptions options, IReadOnlyList<FileDisk> disks, ControlState state) =>
        log.Control.Update(_ => state with
        {
            Incarnation = log.Incarnation,
            Run = RunState.Open,
            BootId = BootOf(options),
            WrittenAt = options.TimeProvider.GetUtcNow(),
            Disks = Describe(disks),
        });

    private static void Continue(
        MachineLog log, CaptureOptions options, IReadOnlyList<FileDisk> disks, LogHead head, SegmentPool pool, List<Segment> live)
    {
        var state = log.Control.State;
        var wasClean = state.Run == RunState.Clean;
        var mustReach = wasClean ? state.LastSequence : head.Published;
        var loss = FindLoss(log.Control, options, disks, head);
        RecoveredLog? recovered = null;
        if (loss is null)
        {
            recovered = LogRecovery.Scan(live, state, verifyData: !wasClean, out var surplus);
            live.RemoveAll(surplus.Contains);
            pool.Recycle(surplus);
            loss = recovered.LastSequence < mustReach
                ? new CaptureLoss(
                    ErrorCodes.ChangeLogCorrupt,
                    $"The change log {options.LogDirectory} is damaged after change {recovered.LastSequence} of {mustReach}. A resync is needed.")
                : FindLateChange(options, disks, state, recovered);
        }

        if (loss is not null)
        {
            pool.Recycle(live);
            log.AdoptLoss(loss, mustReach);
            var isFenced = state.IsFenced || log.Control.IsDamaged || log.Control.IsNew; // Unknown: better refuse than write on two sites.
            Begin(log, options, disks, state with { LossCode = loss.Code, LossMessage = loss.Message, IsFenced = isFenced });
            return;
        }

        log.Adopt(recovered!);
        if (!wasClean)
        {
            log.Control.Update(previous => previous with { Run = RunState.Recovering });
            Reapply(log, disks, Math.Max(Math.Max(state.Applied, recovered!.LastMark), recovered.Released));
        }

        Begin(log, options, disks, log.Control.State with { Applied = log.LastSequence });
    }

    private static CaptureLoss? FindLoss(ControlFile control, CaptureOptions options, IReadOnlyList<FileDisk> disks, LogHead head)
    {
        var state = control.State;
        if (control.IsDamaged || control.IsNew)
        {
            return new CaptureLoss(ErrorCodes.ChangeLogCorrupt, $"The control file of the change log {options.LogDirectory} is damaged. A resync is needed.");
        }

        if (state.LossCode is not null || head.IsLost)
        {
            return new CaptureLoss(
                state.LossCode ?? ErrorCodes.ChangeLogCorrupt, state.LossMessage ?? $"The change log {options.LogDirectory} was given up. A resync is needed.");
        }

        var sameBoot = state.BootId == BootOf(options) && state.BootId != Guid.Empty;
        if (state.Run != RunState.Clean && !sameBoot)
        {
            return new CaptureLoss(
                ErrorCodes.ChangeLogCorrupt,
                $"The host stopped without closing the change log {options.LogDirectory}: the disks may hold writes the log has lost. A resync is needed.");
        }

        return FindOfflineChange(state, disks, sameBoot);
    }

    private static CaptureLoss? FindOfflineChange(ControlState state, IReadOnlyList<FileDisk> disks, bool sameBoot)
    {
        var now = Describe(disks);
        if (now.Count != state.Disks.Count)
        {
            return Changed($"The machine had {state.Disks.Count} disks and has {now.Count}.");
        }

        for (var i = 0; i < now.Count; i++)
        {
            var (before, after) = (state.Disks[i], now[i]);
            if (before.Length != after.Length)
            {
                return Changed($"The disk {disks[i].Path} had {before.Length} bytes and has {after.Length}.");
            }

            if (before.Inode != after.Inode || (sameBoot && before.Device != after.Device))
            {
                return Changed($"The disk {disks[i].Path} was replaced by another file.");
            }

            if (state.Run == RunState.Clean && before.ModifiedNanoseconds != after.ModifiedNanoseconds)
            {
                return Changed($"The disk {disks[i].Path} was changed while it was not captured.");
            }
        }

        return null;
    }

    /// <summary>
    /// After a kill nobody noted the disks' last state. A change of the file much later than the last one logged cannot be ours, though;
    /// one within <see cref="ClockSlack"/> of the kill goes unnoticed.
    /// </summary>
    private static CaptureLoss? FindLateChange(CaptureOptions options, IReadOnlyList<FileDisk> disks, ControlState state, RecoveredLog recovered)
    {
        if (state.Run != RunState.Open || !ReferenceEquals(options.TimeProvider, TimeProvider.System))
        {
            return null; // A recovery of ours changed them, or the log's clock is not the file system's.
        }

        var lastLogged = DateTimeOffset.UnixEpoch.AddMicroseconds(recovered.LastMicroseconds);
        var latest = (lastLogged > state.WrittenAt ? lastLogged : state.WrittenAt) + ClockSlack;
        var late = disks.FirstOrDefault(disk => DateTimeOffset.UnixEpoch.AddMicroseconds(disk.GetIdentity().ModifiedNanoseconds / 1000) > latest);
        return late is null ? null : Changed($"The disk {late.Path} was changed after its last captured write.");
    }

    private static CaptureLoss Changed(string what) => new(ErrorCodes.DiskChangedOffline, $"{what} A resync is needed.");

    /// <summary>
    /// Completes the writes the kill caught between log and disk. They were never answered, so either outcome is right for the guest, but
    /// disk and log must agree; all after the last mark are applied in order, which overwrites the disk with what it holds already.
    /// </summary>
    private static void Reapply(MachineLog log, IReadOnlyList<FileDisk> disks, long after)
    {
        var (merge, _) = log.OpenMerge(after);
        using (merge)
        {
            while (merge.TryPeek(out var header))
            {
                if (header.Type == RecordType.Write)
                {
                    disks[header.Disk].Write(header.Offset, merge.Data(header));
                }
                else if (header.Type == RecordType.Zero)
                {
                    disks[header.Disk].WriteZeroes(header.Offset, header.EffectLength, mayDeallocate: true);
                }

                merge.Advance(header);
            }
        }
    }

    private static Guid BootOf(CaptureOptions options) => options.BootId ?? HostBoot.Id;
}
