using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Sites;

/// <summary>Stands in while a device is being exchanged: whoever gets through to it is refused, nothing is lost.</summary>
internal sealed class HeldDevice(long length) : IBlockDevice
{
    public long Length { get; } = length;

    public bool IsReadOnly => false;

    public void Read(long offset, Span<byte> buffer) => throw Refusal();

    public void Write(long offset, ReadOnlySpan<byte> data) => throw Refusal();

    public void WriteZeroes(long offset, long length, bool mayDeallocate) => throw Refusal();

    public void Trim(long offset, long length) => throw Refusal();

    public void Flush() => throw Refusal();

    public IReadOnlyList<BlockExtent> GetExtents(long offset, long length) => throw Refusal();

    public void Dispose()
    {
    }

    private static ReplicationException Refusal() =>
        new(ErrorCodes.Fenced, "The disk is being handed over and cannot be used right now. Try again.", isTransient: true);
}
