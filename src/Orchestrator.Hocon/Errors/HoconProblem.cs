namespace Orchestrator.Hocon;

/// <summary>One thing wrong with a configuration.</summary>
/// <param name="Code">One of <see cref="HoconErrorCodes"/>.</param>
/// <param name="Origin">Where to edit.</param>
/// <param name="What">What is wrong, with which key or text.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record HoconProblem(string Code, HoconOrigin Origin, string What, string Advice)
{
    /// <summary>`CODE file:line:column: what. advice`.</summary>
    public override string ToString()
    {
        var place = Origin.Column > 0 ? $"{Origin}:{Origin.Column}" : Origin.ToString();
        return $"{Code} {place}: {What}. {Advice}";
    }
}
