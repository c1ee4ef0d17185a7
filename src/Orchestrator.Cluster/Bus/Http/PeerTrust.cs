using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Cluster.Bus.Http;

/// <summary>Judges a peer's certificate: once in the handshake, when nothing else is known of the peer, and again when it has said who it is.</summary>
/// <param name="certificate">The certificate; the peer has proved that it holds the key.</param>
/// <param name="claimed">Who it says it is; null in the handshake.</param>
/// <returns>Null to accept; otherwise what is wrong with it and what to do, as sentences.</returns>
public delegate string? PeerTrust(X509Certificate2 certificate, PeerIdentity? claimed);

/// <summary>The two ways to trust a peer: by pins once it is a member, by an authority while it joins.</summary>
public static class PeerTrusts
{
    /// <summary>Accepts certificates whose SHA-256 is known.</summary>
    /// <param name="isKnown">Whether a hash belongs to an incarnation, or to any member when the incarnation is null.</param>
    /// <param name="time">The clock of validity.</param>
    public static PeerTrust Pinned(Func<Guid?, byte[], bool> isKnown, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(isKnown);
        return (certificate, claimed) => Validity(certificate, time)
            ?? (isKnown(claimed?.Incarnation, certificate.GetCertHash(HashAlgorithmName.SHA256))
                ? null
                : $"The certificate {Describe(certificate)} is not the one recorded for {claimed?.ToString() ?? "any member of the cluster"}. "
                  + "Register the node anew, or remove the intruder.");
    }

    /// <summary>Accepts certificates that an authority has issued.</summary>
    /// <param name="authority">The authority's certificate.</param>
    /// <param name="time">The clock of validity.</param>
    public static PeerTrust IssuedBy(X509Certificate2 authority, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(authority);
        return (certificate, _) => Validity(certificate, time) ?? (IsIssued(certificate, authority, time)
            ? null
            : $"The certificate {Describe(certificate)} was not issued by {authority.Subject}. Issue one with the cluster's authority.");
    }

    /// <summary>What is wrong with a certificate's period of validity, or null.</summary>
    internal static string? Validity(X509Certificate2 certificate, TimeProvider time)
    {
        var now = time.GetUtcNow();
        return now > certificate.NotAfter.ToUniversalTime()
            ? $"The certificate {Describe(certificate)} has expired at {certificate.NotAfter.ToUniversalTime():u}. Renew it and restart the node."
            : now < certificate.NotBefore.ToUniversalTime()
                ? $"The certificate {Describe(certificate)} is valid from {certificate.NotBefore.ToUniversalTime():u} only. Set the clocks."
                : null;
    }

    private static string Describe(X509Certificate2 certificate) =>
        $"'{certificate.Subject}' (SHA-256 {certificate.GetCertHashString(HashAlgorithmName.SHA256)[..16]}...)";

    private static bool IsIssued(X509Certificate2 certificate, X509Certificate2 authority, TimeProvider time)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        return chain.Build(certificate);
    }
}
