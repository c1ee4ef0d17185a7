namespace Orchestrator.Replication.Nbd;

/// <summary>What a client negotiated.</summary>
/// <param name="Export">The export it chose.</param>
/// <param name="StructuredReplies">Whether reads are answered in chunks.</param>
/// <param name="Allocation">Whether it may ask for the block status in the context <c>base:allocation</c>.</param>
internal sealed record NbdSession(NbdExport Export, bool StructuredReplies, bool Allocation);
