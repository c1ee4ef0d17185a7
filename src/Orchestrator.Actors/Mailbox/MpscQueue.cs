namespace Orchestrator.Actors.Mailbox;

/// <summary>An unbounded queue for many producers and one consumer.</summary>
/// <remarks>
/// Vyukov's non-intrusive MPSC linked queue (1024cores.net). A producer swaps the head and links its node afterwards; between
/// the two the consumer cannot see the node, nor those behind it. A producer must therefore wake the consumer <em>after</em>
/// <see cref="Enqueue"/>: whoever closes the gap last also wakes.
/// </remarks>
internal sealed class MpscQueue<T>
{
    private Node _head;
    private Node _tail;

    public MpscQueue() => _head = _tail = new Node(default!);

    public bool IsEmpty => Volatile.Read(ref _tail.Next) is null;

    public void Enqueue(T item)
    {
        var node = new Node(item);
        Volatile.Write(ref Interlocked.Exchange(ref _head, node).Next, node);
    }

    public bool TryDequeue(out T item)
    {
        var next = Volatile.Read(ref _tail.Next);
        if (next is null)
        {
            item = default!;
            return false;
        }

        item = next.Item;
        next.Item = default!;
        _tail = next;
        return true;
    }

    private sealed class Node(T item)
    {
        public T Item = item;
        public Node? Next;
    }
}
