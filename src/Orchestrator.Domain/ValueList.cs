using System.Collections;

namespace Orchestrator.Domain;

/// <summary>An immutable list equal to another of its type when the items are equal, in order.</summary>
/// <remarks>Arrays and the framework's immutable lists compare by reference, which would make equal facts
/// unequal.</remarks>
/// <typeparam name="T">What it holds; itself equal by value.</typeparam>
public abstract class ValueList<T> : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    private readonly T[] _items;

    /// <summary>Copies the items.</summary>
    private protected ValueList(ReadOnlySpan<T> items) => _items = items.ToArray();

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <inheritdoc/>
    public T this[int index] => _items[index];

    /// <summary>The items without a copy, for building the next list.</summary>
    private protected ReadOnlySpan<T> Items => _items;

    /// <summary>Two lists of one type are equal when their items are, in order.</summary>
    public bool Equals(ValueList<T>? other) =>
        other is not null && other.GetType() == GetType() && _items.AsSpan().SequenceEqual(other._items);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    /// <inheritdoc/>
    public sealed override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in _items) hash.Add(item);
        return hash.ToHashCode();
    }

    /// <summary>The items in brackets.</summary>
    public sealed override string ToString() => $"[{string.Join(", ", _items)}]";

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();
}
