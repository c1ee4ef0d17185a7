namespace Orchestrator.Simulation;

/// <summary>How often what sometimes happens did happen; a fault class that never does is not tested.</summary>
public sealed class Counters
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> All => _counts;

    public long this[string name] => _counts.GetValueOrDefault(name);

    public void Count(string name, long by = 1) => _counts[name] = this[name] + by;

    public void Add(Counters other)
    {
        foreach (var (name, count) in other._counts)
            Count(name, count);
    }
}
