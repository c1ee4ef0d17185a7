using System.Buffers;
using System.Collections.Concurrent;

namespace Orchestrator.Replication.Pipeline;

/// <summary>
/// Lends byte arrays of one process's pipelines. The runtime's pool rounds up to a power of two, which would double a frame of a little
/// above 4 MiB; those come in slabs of their own. An array that is not returned (its send was cut off) is left to the collector.
/// </summary>
internal static class BufferPool
{
    private const int SlabLength = (4 * 1024 * 1024) + (256 * 1024);
    private const int SharedLimit = 1024 * 1024;
    private const int KeptSlabs = 6;
    private static readonly ConcurrentQueue<byte[]> Slabs = new();

    internal static byte[] Rent(int length)
    {
        if (length <= SharedLimit)
        {
            return ArrayPool<byte>.Shared.Rent(length);
        }

        return length > SlabLength ? GC.AllocateUninitializedArray<byte>(length)
            : Slabs.TryDequeue(out var slab) ? slab : GC.AllocateUninitializedArray<byte>(SlabLength);
    }

    internal static void Return(byte[] buffer)
    {
        if (buffer.Length == SlabLength && Slabs.Count < KeptSlabs)
        {
            Slabs.Enqueue(buffer);
        }
        else if (buffer.Length <= SharedLimit)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
