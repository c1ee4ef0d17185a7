namespace Orchestrator.Actors.Mailbox;

/// <summary>Decides where and when turns run.</summary>
public interface IDispatcher
{
    /// <summary>Runs the item once, later and never inline: a caller may hold a lock or be in a turn of its own.</summary>
    void Schedule(IThreadPoolWorkItem item);
}
