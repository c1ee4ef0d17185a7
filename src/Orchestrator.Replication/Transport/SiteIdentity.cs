using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Replication.Transport;

/// <summary>A node's certificate, and the one authority whose certificates it accepts from others.</summary>
public sealed class SiteIdentity : IDisposable
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";
    private readonly X509Certificate2 _authority;
    private readonly TimeProvider _time;

    internal SiteIdentity(string site, X509Certificate2 certificate, X509Certificate2 authority, TimeProvider time)
    {
        Site = site;
        Certificate = certificate;
        _authority = authority;
        _time = time;
    }

    /// <summary>The site's name: subject and alternative name of the certificate.</summary>
    public string Site { get; }

    /// <summary>The certificate with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The versions of TLS spoken: 1.3, and 1.2 where the platform has no 1.3.</summary>
    public static SslProtocols Protocols => SslProtocols.Tls13 | SslProtocols.Tls12;

    /// <summary>The name in a certificate that <see cref="Accepts"/> accepted.</summary>
    public static string SiteOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false);
    }

    /// <summary>Whether a peer's certificate was issued by the authority, is valid now, and bears the name.</summary>
    /// <param name="certificate">The peer's.</param>
    /// <param name="site">The name it must bear; any when null.</param>
    /// <param name="isServer">Whether the peer is the server.</param>
    public bool Accepts(X509Certificate2? certificate, string? site, bool isServer)
    {
        if (certificate is null)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new(isServer ? ServerUsage : ClientUsage));
        return chain.Build(certificate) && (site is null || string.Equals(SiteOf(certificate), site, StringComparison.OrdinalIgnoreCase));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        _authority.Dispose();
    }

    /// <summary>A handler for HTTP calls to a peer: shows this node's certificate and accepts only the authority's.</summary>
    public SocketsHttpHandler NewHandler() => new()
    {
        SslOptions = ForClient(peerSite: null),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
    };

    internal SslClientAuthenticationOptions ForClient(string? peerSite) => new()
    {
        // The address is no identity here: the site's name is, and it is compared below.
        TargetHost = peerSite ?? string.Empty,
        ClientCertificates = [Certificate],
        LocalCertificateSelectionCallback = (_, _, _, _, _) => Certificate,
        EnabledSslProtocols = Protocols,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            Accepts(certificate as X509Certificate2, peerSite, isServer: true),
    };
}
