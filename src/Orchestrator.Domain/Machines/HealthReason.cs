namespace Orchestrator.Domain.Machines;

/// <summary>One thing that is wrong.</summary>
/// <param name="Code">A code of <see cref="RefusalCodes"/>, ORC51xx.</param>
/// <param name="Level">How bad.</param>
/// <param name="Message">What is the matter.</param>
/// <param name="Advice">What to do.</param>
public sealed record HealthReason(string Code, HealthLevel Level, string Message, string Advice);
