using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Nbd;

/// <summary>A disk offered under a name.</summary>
/// <param name="Name">What clients ask for, at most 4096 bytes of UTF-8; empty is the default export.</param>
/// <param name="Description">Shown by listing clients.</param>
/// <param name="Device">The disk; it stays the caller's.</param>
public sealed record NbdExport(string Name, string Description, IBlockDevice Device);
