using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Cluster.Tests.Bus;

/// <summary>An authority that exists for one test, and the certificates it issues.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly List<X509Certificate2> _issued = [];

    internal TestCertificates(string name = "cluster")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name} {Guid.NewGuid():N}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Authority = request.CreateSelfSigned(Now - (30 * Day), Now + (30 * Day));
    }

    internal X509Certificate2 Authority { get; }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    internal X509Certificate2 Issue(string name) => Issue(name, Now - Day, Now + Day);

    internal X509Certificate2 IssueExpired(string name) => Issue(name, Now - (2 * Day), Now - Day);

    public void Dispose()
    {
        Authority.Dispose();
        _issued.ForEach(certificate => certificate.Dispose());
    }

    private X509Certificate2 Issue(string name, DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        using var bare = request.Create(Authority, from, to, RandomNumberGenerator.GetBytes(16));
        using var whole = bare.CopyWithPrivateKey(key);
        var certificate = X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
        _issued.Add(certificate);
        return certificate;
    }
}
