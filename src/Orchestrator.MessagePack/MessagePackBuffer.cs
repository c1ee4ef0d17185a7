using System.Buffers;

namespace Orchestrator.MessagePack;

/// <summary>
/// A growing output buffer on pooled arrays. Dispose returns the array to the pool: spans and memories taken from the
/// buffer are dead after <see cref="Dispose"/>, after <see cref="Clear"/> and after the next write. Not thread-safe.
/// </summary>
public sealed class MessagePackBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[]? _array;
    private int _written;

    /// <summary>Creates an empty buffer.</summary>
    /// <param name="initialCapacity">The bytes to rent at once; the buffer doubles when it is full.</param>
    public MessagePackBuffer(int initialCapacity = 256)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(initialCapacity);
        _array = ArrayPool<byte>.Shared.Rent(initialCapacity);
    }

    /// <summary>The number of bytes written.</summary>
    public int WrittenCount => _written;

    /// <summary>The bytes written so far.</summary>
    public ReadOnlySpan<byte> WrittenSpan => Storage.AsSpan(0, _written);

    /// <summary>The bytes written so far.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => Storage.AsMemory(0, _written);

    private byte[] Storage => _array ?? throw new ObjectDisposedException(nameof(MessagePackBuffer));

    /// <summary>Copies the bytes written so far into an array of exactly their length.</summary>
    /// <returns>The copy.</returns>
    public byte[] ToArray() => WrittenSpan.ToArray();

    /// <summary>Forgets what was written and keeps the memory for the next message.</summary>
    public void Clear() => _written = 0;

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Storage.Length - _written);
        _written += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0) => Reserve(sizeHint).AsMemory(_written);

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => Reserve(sizeHint).AsSpan(_written);

    /// <summary>Returns the memory to the pool. A second call does nothing.</summary>
    public void Dispose()
    {
        if (_array is { } array) ArrayPool<byte>.Shared.Return(array);
        _array = null;
        _written = 0;
    }

    private byte[] Reserve(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var array = Storage;
        var needed = (long)_written + Math.Max(sizeHint, 1);
        if (needed <= array.Length) return array;
        if (needed > Array.MaxLength) throw new InvalidOperationException("A message cannot exceed 2 GiB: split it.");
        var grown = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(needed, array.Length * 2L), Array.MaxLength));
        array.AsSpan(0, _written).CopyTo(grown);
        ArrayPool<byte>.Shared.Return(array);
        _array = grown;
        return grown;
    }
}
