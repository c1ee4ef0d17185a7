using System.Security.Authentication;

namespace Orchestrator.Replication.Transport;

/// <summary>Tells failures of the link apart.</summary>
internal static class LinkErrors
{
    /// <summary>
    /// Whether a certificate was refused. Under TLS 1.3 the client has finished its handshake before the server judges its certificate:
    /// the refusal arrives as an alert with the first read, and is then an I/O error around the TLS library's own error.
    /// </summary>
    internal static bool IsAuthentication(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException || cause.Message.Contains("alert", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    internal static string Root(Exception error) => error.GetBaseException().Message;
}
