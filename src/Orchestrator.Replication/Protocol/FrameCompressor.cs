using System.IO.Compression;

namespace Orchestrator.Replication.Protocol;

/// <summary>Brotli at quality 0, skipped where it does not pay.</summary>
internal static class FrameCompressor
{
    private const int SampleLength = 4096;
    private const int Quality = 0;
    private const int MinWindowBits = 16;
    private const int MaxWindowBits = 22;

    /// <summary>Compresses into <paramref name="destination"/>; false, with its content undefined, when it does not become smaller.</summary>
    internal static bool TryCompress(ReadOnlySpan<byte> plain, Span<byte> destination, out int written)
    {
        written = 0;
        return IsWorthwhile(plain)
            && BrotliEncoder.TryCompress(plain, destination[..(plain.Length - 1)], out written, Quality, WindowBits(plain.Length));
    }

    internal static byte[] Decompress(ReadOnlySpan<byte> stored, int plainLength)
    {
        var plain = GC.AllocateUninitializedArray<byte>(plainLength);
        var done = BrotliDecoder.TryDecompress(stored, plain, out var written) && written == plainLength;
        BatchFrame.Require(done, "does not decompress to the length it states");
        return plain;
    }

    // Encrypted or already compressed guest data is common: 4 KiB out of the middle tell in microseconds. 6 % is where it begins to pay.
    private static bool IsWorthwhile(ReadOnlySpan<byte> plain)
    {
        if (plain.Length < 64)
        {
            return false;
        }

        if (plain.Length <= 2 * SampleLength)
        {
            return true;
        }

        Span<byte> scratch = stackalloc byte[SampleLength];
        var sample = plain.Slice((plain.Length / 2) - (SampleLength / 2), SampleLength);
        return BrotliEncoder.TryCompress(sample, scratch, out var length, Quality, MinWindowBits)
            && length <= SampleLength * 94 / 100;
    }

    private static int WindowBits(int length)
    {
        var bits = MinWindowBits;
        while (bits < MaxWindowBits && (1 << bits) < length)
        {
            bits++;
        }

        return bits;
    }
}
