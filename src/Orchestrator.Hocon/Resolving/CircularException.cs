namespace Orchestrator.Hocon.Resolving;

/// <summary>A circle of substitutions. Caught where an earlier definition can stand in, shown to the user otherwise.</summary>
internal sealed class CircularException(HoconOrigin origin, string written) : Exception($"{written} is part of a circle")
{
    /// <summary>The error as the user sees it.</summary>
    public HoconException ToHocon() => new(HoconErrorCodes.Cycle, origin,
        $"{written} is part of a cycle: its value depends on itself", "Give one of the values in the cycle a definition of its own.");
}
