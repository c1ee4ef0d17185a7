namespace Orchestrator.Domain.Machines;

/// <summary>One disk of a machine.</summary>
/// <param name="Index">Its number within the machine, from 0.</param>
/// <param name="SourcePath">Where it is at the primary site, in the words of that site's fabric.</param>
/// <param name="Length">Its size in bytes.</param>
public sealed record DiskSpec(int Index, string SourcePath, long Length);
