using System.Buffers.Binary;
using System.Security.Cryptography;
using static Orchestrator.Replication.Protocol.FrameLayout;

namespace Orchestrator.Replication.Protocol;

/// <summary>The keys of one session, derived from the disks' keys so that no nonce repeats under a key (see <see cref="BatchFrame"/>).</summary>
internal sealed class SessionKeys
{
    private readonly byte[][] _sections;
    private readonly byte[] _seal;

    internal SessionKeys(Guid session, IReadOnlyList<byte[]> diskKeys)
    {
        Session = session;
        _sections = [.. diskKeys.Select((key, disk) => Derive(key, session, "orchestrator frame 1"u8, disk))];
        _seal = Derive(diskKeys[0], session, "orchestrator seal 1"u8, 0);
    }

    internal Guid Session { get; }

    internal int Disks => _sections.Length;

    internal void Encrypt(int disk, long number, Span<byte> text, Span<byte> tag, ReadOnlySpan<byte> associated)
    {
        Span<byte> nonce = stackalloc byte[12];
        using var cipher = Cipher(_sections[disk], number, nonce);
        cipher.Encrypt(nonce, text, text, tag, associated);
    }

    internal void Decrypt(
        int disk, long number, ReadOnlySpan<byte> text, Span<byte> plain, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associated)
    {
        Span<byte> nonce = stackalloc byte[12];
        using var cipher = Cipher(_sections[disk], number, nonce);
        cipher.Decrypt(nonce, text, tag, plain, associated);
    }

    internal void Seal(long number, Span<byte> tag, ReadOnlySpan<byte> associated)
    {
        Span<byte> nonce = stackalloc byte[12];
        using var cipher = Cipher(_seal, number, nonce);
        cipher.Encrypt(nonce, default, default, tag, associated);
    }

    internal void VerifySeal(long number, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associated)
    {
        Span<byte> nonce = stackalloc byte[12];
        using var cipher = Cipher(_seal, number, nonce);
        cipher.Decrypt(nonce, default, tag, default, associated);
    }

    // A cipher object is not thread-safe and costs a microsecond: one per section is cheaper than guarding one.
    private static AesGcm Cipher(byte[] key, long number, Span<byte> nonce)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(nonce, number);
        return new AesGcm(key, TagLength);
    }

    private static byte[] Derive(byte[] diskKey, Guid session, ReadOnlySpan<byte> purpose, int disk)
    {
        Span<byte> salt = stackalloc byte[16];
        session.TryWriteBytes(salt);
        Span<byte> info = stackalloc byte[purpose.Length + sizeof(int)];
        purpose.CopyTo(info);
        BinaryPrimitives.WriteInt32LittleEndian(info[purpose.Length..], disk);
        var key = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, diskKey, key, salt, info);
        return key;
    }
}
