namespace Orchestrator.Cluster.Bus;

/// <summary>Why a connection could not be made or has ended.</summary>
/// <param name="Code">A stable code of <see cref="ClusterErrorCodes"/>.</param>
/// <param name="Message">What happened, to what, and what to do about it.</param>
/// <param name="IsTransient">Whether trying again later can help without anybody changing anything but the surroundings.</param>
public sealed record BusFault(string Code, string Message, bool IsTransient);
