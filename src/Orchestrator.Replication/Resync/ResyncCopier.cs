using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Replication.Resync;

/// <summary>Copies the blocks whose keyed hash differs from the replica's.</summary>
/// <remarks>
/// Why skipping an equal block is right: let the target have hashed its state after the stream's first a elements of this incarnation, and
/// let the source's block have been read stably at sequence s. A byte changed by an element after a gets its value from that element. A
/// byte not changed after a keeps the value that was hashed, which equals the value read at s; it was not changed between a and s
/// either (if a &lt; s), or what changed it between s and a was applied before the hash (if s &lt; a), so the equal value is the
/// present one. Either way the replica's block is exact once the stream has passed both a and s.
/// <para>This needs that a belongs to this incarnation: hashes are asked for after the session was opened. Why sending a different block is right is
/// told at <see cref="DiskCopy"/>. An outdated hash only sends a block too many.</para>
/// </remarks>
internal sealed class ResyncCopier : DiskCopier
{
    private const int RegionBlocks = 512; // 32 MiB: 8 KiB of hashes per request.
    private const long RegionLength = (long)RegionBlocks * IReplica.BlockSize;
    private readonly IChangeSource _source;
    private readonly IReplicaLink _link;
    private readonly byte[] _key;
    private readonly CancellationToken _stopping;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(StepLength);
    private readonly byte[] _hashes = new byte[StepLength / IReplica.BlockSize * BlockHash.Length];
    private byte[] _region = [];
    private long _regionStart;
    private long _regionEnd;
    private Task<byte[]> _next;

    internal ResyncCopier(
        IChangeSource source, IReplicaLink link, byte[] key, int disk, long position, CancellationToken stopping)
        : base(disk, position, source.DiskLengths[disk])
    {
        (_source, _link, _key, _stopping) = (source, link, key, stopping);
        _regionEnd = position;
        _next = FetchAsync(position);
    }

    internal override Task Ready => Position < _regionEnd ? Task.CompletedTask : _next;

    internal override async Task<long> ReadAsync(List<CopyPiece> pieces, CancellationToken cancellation)
    {
        if (Position >= _regionEnd)
        {
            _region = await _next;
            _regionStart = Position;
            _regionEnd = Math.Min(Length, Position + RegionLength);
            _next = FetchAsync(_regionEnd);
        }

        var length = (int)Math.Min(StepLength, _regionEnd - Position);
        ReadAt = _source.ReadStable(Disk, Position, _buffer.AsSpan(0, length));
        Compare(length, pieces);
        Position += length;
        return length;
    }

    private void Compare(int length, List<CopyPiece> pieces)
    {
        using var hash = new BlockHash(_key);
        var count = hash.ComputeAll(_buffer.AsSpan(0, length), _hashes);
        var theirs = _region.AsSpan((int)((Position - _regionStart) / IReplica.BlockSize) * BlockHash.Length);
        for (var i = 0; i < count; i++)
        {
            var at = i * BlockHash.Length;
            if (!_hashes.AsSpan(at, BlockHash.Length).SequenceEqual(theirs.Slice(at, BlockHash.Length)))
            {
                var start = i * IReplica.BlockSize;
                pieces.Add(new CopyPiece(
                    Position + start, _buffer.AsMemory(start, Math.Min(IReplica.BlockSize, length - start))));
            }
        }
    }

    private async Task<byte[]> FetchAsync(long position)
    {
        var length = Math.Min(RegionLength, Length - position);
        var hashes = new byte[(length + IReplica.BlockSize - 1) / IReplica.BlockSize * BlockHash.Length];
        if (length > 0)
        {
            await _link.HashBlocksAsync(Disk, position / IReplica.BlockSize, _key, hashes, _stopping);
        }

        return hashes;
    }
}
