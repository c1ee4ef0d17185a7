namespace Orchestrator.MessagePack;

/// <content>Collections.</content>
public ref partial struct MessagePackReader
{
    /// <summary>A header may announce as many elements as there are bytes; memory for more than this is taken only as they arrive.</summary>
    private const int MaxInitialCapacity = 1024;

    /// <summary>Reads an array.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="read">Reads one element: exactly one value.</param>
    /// <returns>The elements in their order.</returns>
    /// <exception cref="MessagePackException">It is not an array of such elements.</exception>
    public List<T> ReadList<T>(MessagePackRead<T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        var depth = _open.Depth;
        var count = ReadArrayHeader();
        var items = new List<T>(Math.Min(count, MaxInitialCapacity));
        for (var i = 0; i < count; i++) items.Add(read(ref this));
        CheckClosed(depth);
        return items;
    }

    /// <summary>Reads an array of a type with a contract.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <returns>The elements in their order.</returns>
    /// <exception cref="MessagePackException">It is not an array of such elements.</exception>
    public List<T> ReadList<T>()
        where T : IMessagePackContract<T> => ReadList(T.Read);

    /// <summary>Reads an array of texts.</summary>
    /// <returns>The texts in their order.</returns>
    /// <exception cref="MessagePackException">It is not an array of texts.</exception>
    public List<string> ReadStringList() => ReadList(static (ref reader) => reader.ReadString());

    /// <summary>Reads a map with keys of text.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="read">Reads one value: exactly one value.</param>
    /// <returns>The pairs.</returns>
    /// <exception cref="MessagePackException">It is not such a map, or holds a key twice.</exception>
    public Dictionary<string, T> ReadMap<T>(MessagePackRead<T> read) =>
        ReadMap(static (ref reader) => reader.ReadString(), read, StringComparer.Ordinal);

    /// <summary>Reads a map with keys of whole numbers.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="read">Reads one value: exactly one value.</param>
    /// <returns>The pairs.</returns>
    /// <exception cref="MessagePackException">It is not such a map, or holds a key twice.</exception>
    public Dictionary<long, T> ReadInt64Map<T>(MessagePackRead<T> read) =>
        ReadMap(static (ref reader) => reader.ReadInt64(), read, SeededInt64Comparer.Instance);

    /// <summary>Reads a map with keys of any type.</summary>
    /// <typeparam name="TKey">The type of the keys.</typeparam>
    /// <typeparam name="TValue">The type of the values.</typeparam>
    /// <param name="readKey">Reads one key: exactly one value.</param>
    /// <param name="readValue">Reads one value: exactly one value.</param>
    /// <param name="comparer">
    /// Decides which keys are the same. For data from outside its hash must be seeded, or chosen keys make the map quadratic.
    /// </param>
    /// <returns>The pairs.</returns>
    /// <exception cref="MessagePackException">It is not such a map, or holds a key twice.</exception>
    public Dictionary<TKey, TValue> ReadMap<TKey, TValue>(
        MessagePackRead<TKey> readKey, MessagePackRead<TValue> readValue, IEqualityComparer<TKey> comparer)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(readKey);
        ArgumentNullException.ThrowIfNull(readValue);
        var depth = _open.Depth;
        var count = ReadMapHeader();
        var items = new Dictionary<TKey, TValue>(Math.Min(count, MaxInitialCapacity), comparer);
        for (var i = 0; i < count; i++)
        {
            var start = _offset;
            var key = readKey(ref this);
            if (items.ContainsKey(key)) throw Fault.DuplicateKey(start, $"'{key}'");
            items.Add(key, readValue(ref this));
        }

        CheckClosed(depth);
        return items;
    }

    /// <summary>
    /// The collection is complete when the depth is what it was before it, or less if it was the last value of an array or
    /// map around it.
    /// </summary>
    private readonly void CheckClosed(int depthBefore)
    {
        if (_open.Depth > depthBefore)
            throw new InvalidOperationException("The delegate read less than one value per element: it must read exactly one.");
    }

    /// <summary>Numbers hash to themselves in .NET; this hash depends on the random seed of the process.</summary>
    private sealed class SeededInt64Comparer : IEqualityComparer<long>
    {
        public static readonly SeededInt64Comparer Instance = new();

        public bool Equals(long x, long y) => x == y;

        public int GetHashCode(long obj) => HashCode.Combine((int)obj, (int)(obj >> 32));
    }
}
