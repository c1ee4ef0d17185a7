using System.Globalization;

namespace Orchestrator.TestKit.Simulation;

/// <summary>The last things that happened in a simulation, by time and place, and a digest of all of them.</summary>
/// <param name="time">The time of the world.</param>
/// <param name="capacity">How many lines are kept.</param>
public sealed class Timeline(ManualTime time, int capacity = 60)
{
    private readonly Queue<string> _lines = new();

    /// <summary>A digest of every line so far: two runs that differ anywhere differ here.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037UL;

    /// <summary>Lines so far, kept or not.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a line.</summary>
    /// <param name="where">The node or part.</param>
    /// <param name="what">What happened there.</param>
    public void Add(string where, string what)
    {
        ArgumentNullException.ThrowIfNull(where);
        ArgumentNullException.ThrowIfNull(what);
        var line = string.Create(CultureInfo.InvariantCulture, $"{time.Elapsed:hh\\:mm\\:ss\\.fff}  {where,-10} {what}");
        foreach (var character in line)
            Hash = unchecked((Hash ^ character) * 1099511628211UL);

        Count++;
        _lines.Enqueue(line);
        if (_lines.Count > capacity)
            _lines.Dequeue();
    }

    /// <summary>The newest lines, oldest first.</summary>
    public IReadOnlyList<string> Tail(int lines = int.MaxValue) => [.. _lines.Skip(Math.Max(0, _lines.Count - lines))];
}
