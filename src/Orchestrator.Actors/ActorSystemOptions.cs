using Orchestrator.Actors.Mailbox;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors;

/// <summary>What an <see cref="ActorSystem"/> is made of, and its limits.</summary>
public sealed record ActorSystemOptions
{
    /// <summary>The one source of time: deadlines, back-off, reminders, event times.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The source of jitter; the kernel serialises access to it.</summary>
    public required Random Random { get; init; }

    /// <summary>Where turns run.</summary>
    public IDispatcher Dispatcher { get; init; } = ThreadPoolDispatcher.Instance;

    /// <summary>The journal; null for a system without persistent actors. The system does not dispose it.</summary>
    public IJournal? Journal { get; init; }

    /// <summary>Takes messages for entities whose shard is on another node; null when every shard is here or nowhere.</summary>
    public Sharding.IShardRouter? Router { get; init; }

    /// <summary>Receives what an operator may want to know; called from any thread, must neither block nor throw.</summary>
    public Action<KernelEvent> OnEvent { get; init; } = _ => { };

    /// <summary>User messages that may wait for one plain actor.</summary>
    public int MailboxCapacity { get; init; } = 1000;

    /// <summary>Messages one plain actor may put aside.</summary>
    public int StashCapacity { get; init; } = 256;

    /// <summary>Messages an actor handles before others get the thread.</summary>
    public int FairnessQuantum { get; init; } = 100;

    /// <summary>Entities that may recover at the same time.</summary>
    public int RecoveryPermits { get; init; } = 50;

    /// <summary>Limits of the journal writer.</summary>
    public JournalWriterOptions Writer { get; init; } = new();

    /// <summary>Limits of the reminder service.</summary>
    public Reminders.ReminderOptions Reminders { get; init; } = new();

    /// <summary>Limits of the delivery of messages between entities.</summary>
    public Messages.OutboxOptions Outbox { get; init; } = new();
}
