using Orchestrator.Contracts;

namespace Orchestrator.Control.Queries;

/// <summary>Verifies the journal as it stands on its medium.</summary>
public interface IJournalInspector
{
    /// <summary>Walks the whole journal; damage is in the answer.</summary>
    Task<JournalVerification> VerifyAsync(CancellationToken cancellation);
}
