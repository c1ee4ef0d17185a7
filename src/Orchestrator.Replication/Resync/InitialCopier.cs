using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Resync;

/// <summary>Copies what is allocated.</summary>
/// <remarks>
/// With an empty replica, holes and zeroes are skipped. That stays right although the map of holes may be outdated when it is used: what
/// was a hole at any time since the incarnation began was either zero at its beginning or changed by a recorded change, and every one
/// of those is replayed. Otherwise zeroes must be sent, and a hole is then read like data: only a stable read says what holds
/// against changes already shipped.
/// </remarks>
internal sealed class InitialCopier : DiskCopier
{
    private const long MapLength = 1024L * 1024 * 1024;
    private readonly IChangeSource _source;
    private readonly bool _skipZeroes;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(StepLength);
    private readonly Queue<BlockExtent> _map = new();
    private long _mappedEnd;

    internal InitialCopier(IChangeSource source, int disk, long position, bool skipZeroes)
        : base(disk, position, source.DiskLengths[disk])
    {
        _source = source;
        _skipZeroes = skipZeroes;
        _mappedEnd = position;
    }

    internal override Task<long> ReadAsync(List<CopyPiece> pieces, CancellationToken cancellation)
    {
        var end = _skipZeroes ? SkipHoles() : Length;
        var length = (int)Math.Min(StepLength, end - Position);
        if (length == 0)
        {
            return Task.FromResult(0L);
        }

        var data = _buffer.AsMemory(0, length);
        ReadAt = _source.ReadStable(Disk, Position, data.Span);
        if (!_skipZeroes || data.Span.IndexOfAnyExcept((byte)0) >= 0)
        {
            pieces.Add(new CopyPiece(Position, data));
        }

        Position += length;
        return Task.FromResult((long)length);
    }

    /// <summary>Moves to the next data; returns where that extent ends.</summary>
    private long SkipHoles()
    {
        while (!IsDone)
        {
            if (!_map.TryPeek(out var extent))
            {
                Map();
            }
            else if (extent.IsHole || extent.IsZero || extent.Offset + extent.Length <= Position)
            {
                Position = Math.Max(Position, extent.Offset + extent.Length);
                _map.Dequeue();
            }
            else
            {
                return Math.Min(Length, extent.Offset + extent.Length);
            }
        }

        Position = Length;
        return Length;
    }

    private void Map()
    {
        var length = Math.Min(MapLength, Length - _mappedEnd);
        foreach (var extent in _source.GetExtents(Disk, _mappedEnd, length))
        {
            _map.Enqueue(extent);
        }

        _mappedEnd += length;
    }
}
