using System.Text.Json;
using Orchestrator.Replication.Durability;
using Orchestrator.Replication.Pipeline;

namespace Orchestrator.Replication.Resync;

/// <summary>How far a copy is durable on the target, and the small file that remembers it. Thread-safe.</summary>
internal sealed class CopyProgress
{
    private const long SaveEvery = 64L * 1024 * 1024;
    private readonly Lock _gate = new();
    private readonly string? _path;
    private readonly long[] _acknowledged;
    private long _unsaved;

    private CopyProgress(string? path, CopyRecord record)
    {
        _path = path;
        Mode = record.Mode;
        Incarnation = record.Incarnation;
        SkipZeroes = record.SkipZeroes;
        Horizon = record.Horizon;
        _acknowledged = [.. record.Acknowledged];
    }

    internal ReplicationMode Mode { get; }

    internal Guid Incarnation { get; }

    /// <summary>The replica's disks were empty when the copy began, so zeroes need not be sent.</summary>
    internal bool SkipZeroes { get; }

    /// <summary>The sequence number from which on the replica is exact; null until the copy is complete.</summary>
    internal long? Horizon { get; private set; }

    internal bool HasBegun => Horizon is not null || Array.Exists(_acknowledged, offset => offset > 0);

    internal long AcknowledgedBytes
    {
        get
        {
            lock (_gate)
            {
                return _acknowledged.Sum();
            }
        }
    }

    /// <summary>A copy that needs none: the replica is exact from the beginning on.</summary>
    internal static CopyProgress Complete(Guid incarnation, int disks) =>
        new(null, new CopyRecord(ReplicationMode.Delta, incarnation, false, 0, new long[disks]));

    internal static CopyProgress Begin(string path, ReplicationMode mode, Guid incarnation, bool skipZeroes, int disks)
    {
        var progress = new CopyProgress(path, new CopyRecord(mode, incarnation, skipZeroes, null, new long[disks]));
        progress.Save();
        return progress;
    }

    /// <summary>Reads the file; null when there is none, or none that can be read: the copy then begins anew.</summary>
    internal static CopyProgress? Load(string? path, int disks)
    {
        if (path is null || !File.Exists(path))
        {
            return null;
        }

        try
        {
            var record = JsonSerializer.Deserialize<CopyRecord>(File.ReadAllBytes(path));
            return record is { Acknowledged: not null } && record.Acknowledged.Count == disks ? new CopyProgress(path, record) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal long AcknowledgedOf(int disk)
    {
        lock (_gate)
        {
            return _acknowledged[disk];
        }
    }

    /// <summary>A batch became durable, as did all before it.</summary>
    internal void Acknowledge(Batch batch)
    {
        lock (_gate)
        {
            foreach (var copied in batch.Copied)
            {
                _unsaved += copied.Offset - _acknowledged[copied.Disk];
                _acknowledged[copied.Disk] = copied.Offset;
            }

            Horizon = batch.CopyHorizon ?? Horizon;
            if (_unsaved >= SaveEvery || batch.CopyHorizon is not null)
            {
                Save();
            }
        }
    }

    /// <summary>Writes what was not written yet.</summary>
    internal void SaveRest()
    {
        lock (_gate)
        {
            if (_unsaved > 0)
            {
                Save();
            }
        }
    }

    private void Save()
    {
        _unsaved = 0;
        if (_path is not null)
        {
            var record = new CopyRecord(Mode, Incarnation, SkipZeroes, Horizon, _acknowledged);
            Durable.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(record));
        }
    }

    private sealed record CopyRecord(
        ReplicationMode Mode, Guid Incarnation, bool SkipZeroes, long? Horizon, IReadOnlyList<long> Acknowledged);
}
