using Orchestrator.Actors.Mailbox;

namespace Orchestrator.Actors.Cells;

/// <summary>Messages put aside, bounded, and those put back, which go ahead of the mailbox in their original order.</summary>
internal sealed class Stash<T>(int capacity)
{
    private Queue<Envelope<T>>? _aside;
    private Queue<Envelope<T>>? _returned;

    public bool IsEmpty => (_aside?.Count ?? 0) == 0 && !HasReturned;

    public bool HasReturned => _returned is { Count: > 0 };

    public bool TryAdd(in Envelope<T> envelope)
    {
        _aside ??= new Queue<Envelope<T>>();
        if (_aside.Count >= capacity)
            return false;

        _aside.Enqueue(envelope);
        return true;
    }

    /// <summary>Puts all back. Those put back earlier and not yet taken are younger: a stashed message had been taken before them.</summary>
    public void PutBack()
    {
        if (_aside is not { Count: > 0 })
            return;

        while (_returned is { Count: > 0 })
            _aside.Enqueue(_returned.Dequeue());

        (_aside, _returned) = (_returned, _aside);
    }

    public bool TryTake(out Envelope<T> envelope)
    {
        if (_returned is not null)
            return _returned.TryDequeue(out envelope);

        envelope = default;
        return false;
    }
}
