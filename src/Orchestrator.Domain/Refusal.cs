namespace Orchestrator.Domain;

/// <summary>Why a command was refused, for a person to act on.</summary>
/// <param name="Code">A code of <see cref="RefusalCodes"/>; stable.</param>
/// <param name="Message">What is the matter with what.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record Refusal(string Code, string Message, string Advice);
