namespace Orchestrator.Replication.Target;

/// <summary>A sparse map from page number to <see cref="PageLocation"/>, 64 entries at a time.</summary>
/// <remarks>Many readers or one writer.</remarks>
internal sealed class PageMap
{
    private readonly Dictionary<long, ulong[]> _chunks = [];

    public PageLocation Find(long page) =>
        _chunks.TryGetValue(page >> 6, out var chunk) ? new PageLocation(chunk[page & 63]) : default;

    public bool IsEmpty => _chunks.Count == 0;

    /// <summary>Adds the page unless it is known: the oldest content wins.</summary>
    public void TryAdd(long page, PageLocation location)
    {
        if (!_chunks.TryGetValue(page >> 6, out var chunk))
        {
            _chunks.Add(page >> 6, chunk = new ulong[64]);
        }

        if (chunk[page & 63] == 0)
        {
            chunk[page & 63] = location.Value;
        }
    }

    /// <summary>Adds what is not known from a later interval, naming that interval.</summary>
    public void Merge(PageMap later, int interval)
    {
        foreach (var (page, location) in later.Entries())
        {
            TryAdd(page, location.In(interval));
        }
    }

    /// <summary>All entries in page order.</summary>
    public IEnumerable<(long Page, PageLocation Location)> Entries()
    {
        foreach (var key in _chunks.Keys.Order())
        {
            var chunk = _chunks[key];
            for (var i = 0; i < chunk.Length; i++)
            {
                if (chunk[i] != 0)
                {
                    yield return ((key << 6) + i, new PageLocation(chunk[i]));
                }
            }
        }
    }
}

/// <summary>Where a page's old content lies: bit 0 data, bit 1 zeroes, bits 2-43 offset / 4, bits 44-63 the interval's place in a view.</summary>
internal readonly record struct PageLocation(ulong Value)
{
    private const int IntervalShift = 44;
    private const ulong OffsetMask = (1UL << IntervalShift) - 4;

    public const int MaxIntervals = 1 << (64 - IntervalShift);

    public static PageLocation Zero { get; } = new(2);

    public bool IsKnown => (Value & 3) != 0;

    public bool IsZero => (Value & 2) != 0;

    public long Offset => (long)(Value & OffsetMask);

    public int Interval => (int)(Value >> IntervalShift);

    /// <summary>A saved page at an offset, which is a multiple of 4 below 16 TiB.</summary>
    public static PageLocation At(long offset) => new((ulong)offset | 1);

    public PageLocation In(int interval) => new(Value & ~(ulong.MaxValue << IntervalShift) | (ulong)interval << IntervalShift);
}
