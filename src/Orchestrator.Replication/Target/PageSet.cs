using System.Numerics;

namespace Orchestrator.Replication.Target;

/// <summary>A sparse set of page numbers: one 64-bit word per run of 64 pages in use.</summary>
/// <remarks>Many readers or one writer.</remarks>
internal sealed class PageSet
{
    private readonly Dictionary<long, ulong> _words = [];

    public bool IsEmpty => _words.Count == 0;

    public bool Contains(long page) => _words.TryGetValue(page >> 6, out var word) && (word >> (int)(page & 63) & 1) != 0;

    public void Add(long page)
    {
        _words.TryGetValue(page >> 6, out var word);
        _words[page >> 6] = word | 1UL << (int)(page & 63);
    }

    public void AddRange(long first, long count)
    {
        for (var page = first; page < first + count; page++)
        {
            Add(page);
        }
    }

    public void RemoveRange(long first, long count)
    {
        for (var page = first; page < first + count; page++)
        {
            if (_words.TryGetValue(page >> 6, out var word))
            {
                _words[page >> 6] = word & ~(1UL << (int)(page & 63));
            }
        }
    }

    /// <summary>All pages in order.</summary>
    public IEnumerable<long> Pages()
    {
        foreach (var key in _words.Keys.Order())
        {
            for (var word = _words[key]; word != 0; word &= word - 1)
            {
                yield return (key << 6) + BitOperations.TrailingZeroCount(word);
            }
        }
    }
}
