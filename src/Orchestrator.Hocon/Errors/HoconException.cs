namespace Orchestrator.Hocon;

/// <summary>A configuration that cannot be used. The only exception bad configuration text ever causes.</summary>
public sealed class HoconException : Exception
{
    /// <summary>One problem.</summary>
    public HoconException(string code, HoconOrigin origin, string what, string advice)
        : this([new HoconProblem(code, origin, what, advice)])
    {
    }

    /// <summary>Several problems, so that a user can mend them all in one go.</summary>
    /// <param name="problems">At least one.</param>
    public HoconException(IReadOnlyList<HoconProblem> problems)
        : base(string.Join(Environment.NewLine, problems))
    {
        ArgumentOutOfRangeException.ThrowIfZero(problems.Count);
        Problems = problems;
    }

    /// <summary>All problems, in the order found; never empty.</summary>
    public IReadOnlyList<HoconProblem> Problems { get; }

    /// <summary>Code of the first problem.</summary>
    public string Code => Problems[0].Code;

    /// <summary>File of the first problem.</summary>
    public string File => Problems[0].Origin.File;

    /// <summary>Line of the first problem, from 1; 0 if unknown.</summary>
    public int Line => Problems[0].Origin.Line;

    /// <summary>Column of the first problem, from 1; 0 if unknown.</summary>
    public int Column => Problems[0].Origin.Column;
}
