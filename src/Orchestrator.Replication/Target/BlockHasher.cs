using System.Security.Cryptography;

namespace Orchestrator.Replication.Target;

/// <summary>The keyed hashes two sides compare blocks by.</summary>
internal static class BlockHasher
{
    /// <summary>The size of a hash in bytes.</summary>
    public const int HashSize = 16;

    /// <summary>The size of a key in bytes.</summary>
    public const int KeySize = 32;

    private static readonly byte[] Nonce = new byte[AesGcm.NonceByteSizes.MaxSize];

    /// <summary>Writes a block's hash: its AES-256-GMAC (NIST SP 800-38D, the block being associated data only).</summary>
    /// <remarks>
    /// GMAC forbids a repeated nonce because tags under one nonce let whoever sees them solve for the hash key and forge. Nothing is
    /// authenticated here: it serves as a keyed universal hash. The key is fresh for each session and never stored, the tags travel only
    /// inside the encrypted link, and both sides must compute the same value, so the nonce is fixed. What remains is that who chooses the
    /// disk's content without knowing the key cannot aim for a collision: for one pair of 64 KiB blocks its chance is about 2^-116.
    /// </remarks>
    public static void Hash(AesGcm key, ReadOnlySpan<byte> block, Span<byte> hash)
    {
        ArgumentNullException.ThrowIfNull(key);
        key.Encrypt(Nonce, [], [], hash, block);
    }

    /// <summary>The key's cipher; dispose it.</summary>
    /// <param name="key">32 bytes, fresh for every session.</param>
    public static AesGcm CreateCipher(ReadOnlySpan<byte> key) => new(key, HashSize);
}
