namespace Orchestrator.Actors.Tests;

/// <summary>An actor written in the test that uses it.</summary>
internal sealed class Scripted<T>(Func<T, ActorContext<T>, ValueTask> handler, Action? started = null, Action? stopped = null) : Actor<T>
{
    public Scripted(Action<T, ActorContext<T>> handler)
        : this((message, context) =>
        {
            handler(message, context);
            return default;
        })
    {
    }

    protected override ValueTask OnStartedAsync(ActorContext<T> context)
    {
        started?.Invoke();
        return default;
    }

    protected override ValueTask OnMessageAsync(T message, ActorContext<T> context) => handler(message, context);

    protected override ValueTask OnStoppedAsync()
    {
        stopped?.Invoke();
        return default;
    }
}
