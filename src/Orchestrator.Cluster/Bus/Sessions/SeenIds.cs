namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>Remembers which identifiers were used, so that each is used at most once, also out of order.</summary>
/// <remarks>The sliding bitmap of RFC 6479 (anti-replay without shifting): what lies behind the window counts as used.</remarks>
internal sealed class SeenIds
{
    private const int BitsPerWord = 64;
    private readonly ulong[] _words;
    private ulong _highest;

    /// <summary>Creates a window.</summary>
    /// <param name="size">Identifiers remembered at least.</param>
    public SeenIds(int size) => _words = new ulong[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(size / BitsPerWord) + 2)];

    /// <summary>Marks an identifier as used.</summary>
    /// <returns>False when it was used before, or is too old to tell.</returns>
    public bool TryMark(ulong id)
    {
        if (id > _highest) Advance(id);
        var word = id / BitsPerWord;
        if (_highest / BitsPerWord - word >= (ulong)_words.Length) return false;
        ref var bits = ref _words[word % (ulong)_words.Length];
        var bit = 1UL << (int)(id % BitsPerWord);
        if ((bits & bit) != 0) return false;
        bits |= bit;
        return true;
    }

    private void Advance(ulong id)
    {
        var (from, to) = (_highest / BitsPerWord, id / BitsPerWord);
        var steps = Math.Min(to - from, (ulong)_words.Length);
        for (var step = 1UL; step <= steps; step++) _words[(from + step) % (ulong)_words.Length] = 0;
        _highest = id;
    }
}
