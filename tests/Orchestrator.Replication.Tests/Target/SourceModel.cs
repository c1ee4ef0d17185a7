using System.Security.Cryptography;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Target;

/// <summary>A source reduced to its promise: a log of changes with marks, and a full copy of all disks at every mark.</summary>
public sealed class SourceModel
{
    public static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<Change> _log = [];
    private readonly List<byte[]> _disks;
    private readonly Dictionary<Guid, byte[][]> _copies = [];
    private readonly Dictionary<long, byte[][]> _copiesBySequence = [];
    private readonly Random _random;

    public SourceModel(int seed, params int[] lengths)
    {
        _random = new Random(seed);
        _disks = lengths.Select(l => new byte[l]).ToList();
        Incarnation = NewId();
        _copiesBySequence[0] = Copy();
    }

    public Guid Incarnation { get; private set; }

    public long Sequence => _log.Count;

    public long Epoch { get; private set; }

    public IReadOnlyList<long> Lengths => _disks.Select(d => (long)d.Length).ToList();

    public IReadOnlyList<byte[]> Disks => _disks;

    public Random Random => _random;

    public IReadOnlyList<Guid> PointIds => _log.Where(c => c.Mark is not null).Select(c => c.Mark!.PointId).ToList();

    public Guid NewId()
    {
        var bytes = new byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    public byte[][] CopyAt(Guid point) => _copies[point];

    public byte[][] CopyAt(long sequence) => _copiesBySequence[sequence];

    public IReadOnlyList<byte[]> DigestAt(long sequence) => CopyAt(sequence).Select(SHA256.HashData).ToList();

    public void Write(int disk, int offset, byte[] data)
    {
        data.CopyTo(_disks[disk].AsSpan(offset));
        _log.Add(new Change(disk, offset, data.Length, data, null));
    }

    public void Zero(int disk, int offset, int length)
    {
        _disks[disk].AsSpan(offset, length).Clear();
        _log.Add(new Change(disk, offset, length, null, null));
    }

    /// <summary>A few changes of any alignment, some overlapping, some zero, every non-zero sector stamped with its sequence.</summary>
    public void Scribble(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var disk = _random.Next(_disks.Count);
            var size = _disks[disk].Length;
            var length = Math.Min(size, _random.Next(4) switch { 0 => 512, 1 => 4096, 2 => _random.Next(1, 3000), _ => _random.Next(1, 20000) });
            var offset = _random.Next(size - length + 1);
            offset = _random.Next(2) == 0 ? offset / 512 * 512 : offset;
            if (_random.Next(4) == 0)
            {
                Zero(disk, offset, length);
            }
            else
            {
                Write(disk, offset, Stamped(length));
            }
        }
    }

    public Guid Mark(EpochKind kind = EpochKind.CrashConsistent)
    {
        var id = NewId();
        Epoch++;
        var mark = new EpochMark(Epoch, Sequence + 1, kind, id, Start.AddSeconds(5 * Epoch));
        _log.Add(new Change(0, 0, 0, null, mark));
        _copies[id] = _copiesBySequence[mark.Sequence] = Copy();
        return id;
    }

    /// <summary>A new history of numbers; the disks go on.</summary>
    public void Reset()
    {
        Incarnation = NewId();
        _log.Clear();
        _copiesBySequence.Clear();
        Epoch = 0;
    }

    public void Grow(int disk, int length)
    {
        var grown = new byte[length];
        _disks[disk].CopyTo(grown, 0);
        _disks[disk] = grown;
    }

    public SessionRequest Session(long activation = 1) => new(NewId(), Incarnation, activation, Lengths);

    /// <summary>The log after the cursor as batches, cut at random; by default every mark is an exact prefix.</summary>
    public IReadOnlyList<Batch> BatchesAfter(ReplicaCursor cursor, Guid session, int maxChanges = 4, Func<long, bool>? consistent = null)
    {
        var batches = new List<Batch>();
        var number = cursor.NextBatch;
        var epoch = _log.Take((int)cursor.DurableSequence).Count(c => c.Mark is not null) + 1;
        for (var i = (int)cursor.DurableSequence; i < _log.Count;)
        {
            var first = i;
            var limit = i + _random.Next(1, maxChanges + 1);
            while (i < _log.Count && i < limit && _log[i].Mark is null)
            {
                i++;
            }

            var mark = i < _log.Count ? _log[i].Mark : null;
            var changes = Coalesce(_log.GetRange(first, i - first));
            i += mark is null ? 0 : 1;
            var end = mark is null ? null : new EpochEnd(mark, consistent?.Invoke(mark.Sequence) ?? true);
            var header = new BatchHeader(session, number++, first + 1, i, epoch, end, changes.Sum(c => c.Length));
            batches.Add(new Batch(header, PlainCodec.Encode(header, changes)));
            epoch += mark is null ? 0 : 1;
        }

        return batches;
    }

    /// <summary>A batch of copied blocks that carries no change of its own.</summary>
    public Batch CopyBatch(ReplicaCursor cursor, Guid session, int disk, IEnumerable<long> blocks)
    {
        var changes = blocks.Select(b =>
        {
            var offset = b * IReplica.BlockSize;
            var length = Math.Min(IReplica.BlockSize, _disks[disk].Length - offset);
            return new ReplicaChange(disk, offset, length, _disks[disk].AsMemory((int)offset, (int)length).ToArray());
        }).ToList();
        var header = new BatchHeader(
            session, cursor.NextBatch, cursor.DurableSequence + 1, cursor.DurableSequence, Epoch + 1, null, changes.Sum(c => c.Length));
        return new Batch(header, PlainCodec.Encode(header, changes));
    }

    /// <summary>Later changes win; the result is sorted and free of overlap.</summary>
    private List<ReplicaChange> Coalesce(List<Change> changes)
    {
        var result = new List<ReplicaChange>();
        for (var disk = 0; disk < _disks.Count; disk++)
        {
            var owner = new int[_disks[disk].Length];
            for (var i = 0; i < changes.Count; i++)
            {
                if (changes[i].Disk == disk)
                {
                    owner.AsSpan(changes[i].Offset, changes[i].Length).Fill(i + 1);
                }
            }

            for (var start = 0; start < owner.Length;)
            {
                var end = start;
                while (end < owner.Length && owner[end] == owner[start])
                {
                    end++;
                }

                if (owner[start] > 0)
                {
                    var change = changes[owner[start] - 1];
                    var data = change.Data is null ? default : change.Data.AsMemory(start - change.Offset, end - start);
                    result.Add(new ReplicaChange(disk, start, end - start, data));
                }

                start = end;
            }
        }

        return result;
    }

    private byte[] Stamped(int length)
    {
        var data = new byte[length];
        _random.NextBytes(data);
        for (var i = 0; i + 8 <= length; i += 512)
        {
            BitConverter.TryWriteBytes(data.AsSpan(i), Sequence + 1);
        }

        return data;
    }

    private byte[][] Copy() => _disks.Select(d => d.ToArray()).ToArray();

    private sealed record Change(int Disk, int Offset, int Length, byte[]? Data, EpochMark? Mark);
}

public sealed record Batch(BatchHeader Header, byte[] Frame);
