using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Orchestrator.Replication.Durability;

namespace Orchestrator.Replication.Transport;

/// <summary>
/// The certificate authority of the sites that replicate to each other: files in a directory that they share, or that was copied to each.
/// </summary>
/// <remarks>
/// <c>ca.pem</c> holds the authority's certificate and key (mode 0600), <c>ca.crt</c> the certificate alone, <c>{site}.pem</c> a site's
/// certificate and key (0600). A node that should not be able to issue certificates gets <c>ca.crt</c> and its own <c>{site}.pem</c> only.
/// ECDSA P-256; the authority is valid for 20 years, a site's certificate for 2, renewed within its last 60 days at the node's start.
/// </remarks>
public static partial class CertificateAuthority
{
    private const string AuthorityFile = "ca.pem";
    private const string AuthorityCertificateFile = "ca.crt";
    private static readonly TimeSpan Backdating = TimeSpan.FromDays(1); // Clocks differ.
    private static readonly TimeSpan AuthorityValidity = TimeSpan.FromDays(20 * 365);
    private static readonly TimeSpan SiteValidity = TimeSpan.FromDays(2 * 365);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(60);

    /// <summary>Loads the site's certificate, creating it, and the authority before it, where they are missing.</summary>
    /// <param name="directory">The directory; created if missing.</param>
    /// <param name="site">The site's name: letters, digits, dots and hyphens.</param>
    /// <param name="time">The clock of validity.</param>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.AuthenticationFailed"/>: a file is unreadable, or the certificate is missing and
    /// the authority's key is not here to issue one.</exception>
    public static SiteIdentity LoadOrCreate(string directory, string site, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        if (!SiteName().IsMatch(site))
        {
            throw new ArgumentException(
                $"'{site}' cannot be a site's name in a certificate: use up to 63 letters, digits, dots and hyphens.", nameof(site));
        }

        try
        {
            CreateDirectory(directory);
            return Load(directory, site, time);
        }
        catch (Exception cause) when (cause is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ReplicationException(
                ErrorCodes.AuthenticationFailed, $"The certificates in {directory} cannot be used: {cause.Message}", isTransient: false, cause);
        }
    }

    private static SiteIdentity Load(string directory, string site, TimeProvider time)
    {
        var now = time.GetUtcNow();
        using var issuer = LoadIssuer(directory, now);
        var authority = issuer is null
            ? X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, AuthorityCertificateFile))
            : X509CertificateLoader.LoadCertificate(issuer.RawData);
        var certificate = LoadOrIssue(directory, site, issuer, now);
        var identity = new SiteIdentity(site, certificate, authority, time);
        if (identity.Accepts(certificate, site, isServer: true))
        {
            return identity;
        }

        // Told here, because a peer that refuses a certificate under TLS 1.3 just hangs up.
        identity.Dispose();
        throw new ReplicationException(
            ErrorCodes.AuthenticationFailed,
            $"{site}.pem in {directory} is not a certificate of {site} that the authority there issued and that is valid now. "
            + $"Delete it where {AuthorityFile} is, and start again, or copy the right one here.", isTransient: false);
    }

    private static X509Certificate2 LoadOrIssue(string directory, string site, X509Certificate2? issuer, DateTimeOffset now)
    {
        var path = Path.Combine(directory, site + ".pem");
        if (TryLoad(path) is { } known)
        {
            if (issuer is null || known.NotAfter.ToUniversalTime() > now + RenewBefore)
            {
                return known;
            }

            known.Dispose();
            File.Delete(path);
        }

        PublishOnce(path, () => IssueSite(issuer ?? throw NoIssuer(directory, site), site, now));
        return TryLoad(path)!;
    }

    private static ReplicationException NoIssuer(string directory, string site) => new(
        ErrorCodes.AuthenticationFailed,
        $"{directory} has no certificate {site}.pem and no {AuthorityFile} to issue one with. Copy one of them from the node that has it.",
        isTransient: false);

    private static X509Certificate2? LoadIssuer(string directory, DateTimeOffset now)
    {
        var path = Path.Combine(directory, AuthorityFile);
        var publicPath = Path.Combine(directory, AuthorityCertificateFile);
        // In this order: the key is published before the certificate, so a certificate without a key was put here by hand.
        if (File.Exists(publicPath) && !File.Exists(path))
        {
            return null;
        }

        PublishOnce(path, () => IssueAuthority(now));
        var issuer = TryLoad(path)!;
        PublishOnce(publicPath, issuer.ExportCertificatePem);
        return issuer;
    }

    private static X509Certificate2? TryLoad(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var certificate = X509Certificate2.CreateFromPemFile(path);
        // Some platforms' TLS cannot use a key that exists in memory only; one that came out of PKCS #12 works everywhere.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    // Two nodes of one host may start at once: the file appears whole and once, and whoever comes second uses the first one's.
    private static void PublishOnce(string path, Func<string> content)
    {
        if (File.Exists(path))
        {
            return;
        }

        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(8)}";
        using (var file = new FileStream(temporary, PrivateFile()))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(content());
        }

        Durable.PublishOnce(temporary, path);
    }

    private static FileStreamOptions PrivateFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static void CreateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static string IssueAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = $"CN=Orchestrator sites {RandomNumberGenerator.GetHexString(8)}";
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var certificate = request.CreateSelfSigned(now - Backdating, now + AuthorityValidity);
        return Pem(certificate, key);
    }

    private static string IssueSite(X509Certificate2 issuer, string site, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={site}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(site);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        var end = now + SiteValidity < issuer.NotAfter ? now + SiteValidity : issuer.NotAfter;
        using var certificate = request.Create(issuer, now - Backdating + TimeSpan.FromMinutes(1), end, RandomNumberGenerator.GetBytes(16));
        return Pem(certificate, key);
    }

    private static string Pem(X509Certificate2 certificate, ECDsa key) =>
        certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n";

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex SiteName();
}
