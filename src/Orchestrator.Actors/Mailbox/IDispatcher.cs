namespace Orchestrator.Actors.Mailbox;

/// <summary>Decides where and when turns run.</summary>
public interface IDispatcher
{
    /// <summary>Runs the item once, later and never inline: a caller may hold a lock or be in a turn of its own.</summary>
    void Schedule(IThreadPoolWorkItem item);

    /// <summary>As <see cref="Schedule"/>, behind all that waits: the item has used up its share.</summary>
    void ScheduleLast(IThreadPoolWorkItem item) => Schedule(item);
}
