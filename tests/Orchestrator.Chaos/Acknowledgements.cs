using System.Collections.Concurrent;

namespace Orchestrator.Chaos;

/// <summary>What the nodes have said to have done.</summary>
internal sealed class Acknowledgements(bool isVerbose)
{
    private readonly ConcurrentQueue<(string Entity, string Operation)> _done = new();
    private readonly ConcurrentQueue<int> _latencies = new();
    private readonly ConcurrentDictionary<string, int> _unanswered = new();
    private long _count;

    public IReadOnlyCollection<(string Entity, string Operation)> Done => _done;

    public long Count => Volatile.Read(ref _count);

    /// <summary>Why commands were not answered, and how many each.</summary>
    public string Unanswered => string.Join(", ", _unanswered.OrderBy(entry => entry.Key).Select(entry => $"{entry.Value} {entry.Key}"));

    public void Add(string entity, string operation, int milliseconds)
    {
        _done.Enqueue((entity, operation));
        _latencies.Enqueue(milliseconds);
        Interlocked.Increment(ref _count);
    }

    public void AddUnanswered(string line) => _unanswered.AddOrUpdate(line.Split(' ')[^1], 1, static (_, count) => count + 1);

    public void Say(string node, string line)
    {
        if (isVerbose)
            Console.WriteLine($"    {TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {node}: {line}");
    }

    /// <summary>The share of commands answered faster, in milliseconds.</summary>
    public int Percentile(double share)
    {
        var sorted = _latencies.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
    }
}
