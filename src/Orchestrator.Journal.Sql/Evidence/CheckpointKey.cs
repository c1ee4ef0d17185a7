using System.Security.Cryptography;

namespace Orchestrator.Journal.Sql.Evidence;

/// <summary>The private key that signs checkpoints: ECDSA on the curve P-256.</summary>
public sealed class CheckpointKey : IDisposable
{
    private readonly ECDsa _key;

    private CheckpointKey(ECDsa key)
    {
        _key = key;
        KeyId = CheckpointKeys.IdOf(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Names the key in checkpoints, see <see cref="SignedCheckpoint.KeyId"/>.</summary>
    public string KeyId { get; }

    /// <summary>Makes a new key.</summary>
    public static CheckpointKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a key in PEM (PKCS #8 or SEC 1).</summary>
    /// <exception cref="CryptographicException">It is not a private key of the curve P-256.</exception>
    /// <exception cref="ArgumentException">There is no key in the text.</exception>
    public static CheckpointKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            CheckpointKeys.RequireP256(key);
            _ = key.SignData([], HashAlgorithmName.SHA256); // A public key alone is found out here, not at the first checkpoint.
            return new CheckpointKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The private key in PEM, for a file that only its owner can read.</summary>
    public string ToPem() => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>The public key in PEM, for everybody.</summary>
    public string ToPublicPem() => _key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>Signs a checkpoint's bytes.</summary>
    public SignedCheckpoint Sign(byte[] body) =>
        new(body, KeyId, _key.SignData(body, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    /// <inheritdoc />
    public void Dispose() => _key.Dispose();
}
