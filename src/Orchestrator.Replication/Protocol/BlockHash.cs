using System.Security.Cryptography;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Protocol;

/// <summary>The keyed hash by which source and target compare blocks: GMAC (NIST SP 800-38D), AES-256, nonce of zeroes, 16 bytes.</summary>
/// <remarks>
/// The key is random for each resync and travels only inside TLS, so a guest cannot construct two blocks of equal hash. Because the nonce
/// is constant, hashes are secrets like the key: never logged or stored. A block of zeroes has no special value. 8 GB/s a core.
/// Used by one thread.
/// </remarks>
public sealed class BlockHash : IDisposable
{
    /// <summary>The bytes of a hash.</summary>
    public const int Length = 16;

    /// <summary>The bytes of a key.</summary>
    public const int KeyLength = 32;

    private static readonly byte[] Nonce = new byte[12];
    private readonly AesGcm _cipher;

    /// <summary>Prepares hashing under a key of <see cref="KeyLength"/> bytes.</summary>
    public BlockHash(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength)
        {
            throw new ArgumentException($"The key of a block hash has {KeyLength} bytes, not {key.Length}.", nameof(key));
        }

        _cipher = new AesGcm(key, Length);
    }

    /// <summary>Hashes one block (the last one of a disk may be short) into <paramref name="hash"/>.</summary>
    public void Compute(ReadOnlySpan<byte> block, Span<byte> hash) =>
        _cipher.Encrypt(Nonce, default, default, hash[..Length], block);

    /// <summary>Hashes consecutive blocks of <see cref="IReplica.BlockSize"/>.</summary>
    /// <returns>The number of hashes written.</returns>
    public int ComputeAll(ReadOnlySpan<byte> data, Span<byte> hashes)
    {
        var count = 0;
        for (var at = 0; at < data.Length; at += IReplica.BlockSize, count++)
        {
            Compute(data.Slice(at, Math.Min(IReplica.BlockSize, data.Length - at)), hashes[(count * Length)..]);
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _cipher.Dispose();
}
