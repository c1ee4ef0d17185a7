using System.Security.Cryptography;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>The public keys whose signatures are believed; several after the key was changed.</summary>
public sealed class CheckpointKeys : IDisposable
{
    private readonly Dictionary<string, ECDsa> _keys = new(StringComparer.Ordinal);

    /// <summary>The names of the keys.</summary>
    public IReadOnlyCollection<string> Ids => _keys.Keys;

    /// <summary>Reads public keys in PEM, any number behind each other.</summary>
    /// <exception cref="CryptographicException">One of them is not a public key of the curve P-256.</exception>
    public static CheckpointKeys FromPem(params IEnumerable<string> texts)
    {
        var keys = new CheckpointKeys();
        try
        {
            foreach (var text in texts)
            {
                keys.Add(text);
            }

            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>Whether the key that signed is known.</summary>
    public bool Knows(SignedCheckpoint seal) => _keys.ContainsKey(seal.KeyId);

    /// <summary>Whether the signature is a known key's and of these bytes.</summary>
    public bool Confirms(SignedCheckpoint seal) =>
        _keys.TryGetValue(seal.KeyId, out var key)
        && key.VerifyData(seal.Body, seal.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var key in _keys.Values)
        {
            key.Dispose();
        }
    }

    internal static string IdOf(byte[] publicKeyInfo) => Convert.ToHexStringLower(SHA256.HashData(publicKeyInfo));

    internal static void RequireP256(ECDsa key)
    {
        if (key.ExportParameters(includePrivateParameters: false).Curve.Oid is not { Value: "1.2.840.10045.3.1.7" })
        {
            throw new CryptographicException("The key is not of the curve P-256 (prime256v1).");
        }
    }

    private void Add(string text)
    {
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var found))
        {
            var key = ECDsa.Create();
            try
            {
                key.ImportFromPem(rest[found.Location]);
                RequireP256(key);
            }
            catch
            {
                key.Dispose();
                throw;
            }

            _keys[IdOf(key.ExportSubjectPublicKeyInfo())] = key;
            rest = rest[found.Location.End..];
        }
    }
}
