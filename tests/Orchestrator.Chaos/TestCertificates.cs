using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Chaos;

/// <summary>An authority and the nodes' certificates in a folder.</summary>
internal static class TestCertificates
{
    public static void Write(string folder, params IEnumerable<string> nodes)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=chaos authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var (from, until) = (TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var authority = request.CreateSelfSigned(from, until);
        File.WriteAllBytes(Path.Combine(folder, "ca.cer"), authority.Export(X509ContentType.Cert));
        foreach (var node in nodes)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var asked = new CertificateRequest($"CN={node}", key, HashAlgorithmName.SHA256);
            using var issued = asked.Create(authority, from.AddMinutes(1), until.AddMinutes(-1), RandomNumberGenerator.GetBytes(8));
            using var complete = issued.CopyWithPrivateKey(key);
            File.WriteAllBytes(Path.Combine(folder, $"{node}.pfx"), complete.Export(X509ContentType.Pfx));
        }
    }
}
