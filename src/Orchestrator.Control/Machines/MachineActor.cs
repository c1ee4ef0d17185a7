using System.Buffers.Binary;
using Orchestrator.Actors;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Reminders;
using Orchestrator.Control.Workflows;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.Replication.Sites;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Machines;

/// <summary>One protected machine as a persistent actor: decides purely, stores, then lets the derived step run.</summary>
/// <remarks>
/// The outside effect of a state is <see cref="ProtectedMachine.NextStep"/>: it is derived again after every event and after every restart,
/// so a crash at any place resumes at exactly the step the journal names. A step is begun in the journal before it is run and
/// ended in the journal after. Retries wait in durable reminders.
/// </remarks>
public sealed class MachineActor(MachineRegistry registry, StepLauncher launcher, TimeProvider time)
    : PersistentActor<State, Command, Event>
{
    /// <summary>The kind's stable number in the journal.</summary>
    public const int Kind = 1;

    private const string StepReminder = "step";
    private const string ReplicationReminder = "replication";

    /// <inheritdoc />
    protected override State InitialState(PersistenceId id) => ProtectedMachine.Initial;

    /// <inheritdoc />
    protected override State Apply(State state, Event @event) => ProtectedMachine.Evolve(state, @event);

    /// <inheritdoc />
    protected override Effect<State, Event> OnCommand(State state, Command command, EntityContext<Command> context) =>
        ProtectedMachine.Decide(state, command) switch
        {
            Decision.Refused refused => Answer(new MachineReply.Refused(refused.Refusal, state), context),
            Decision.Accepted { Events.Count: 0 } => Answer(new MachineReply.Accepted(state), context),
            Decision.Accepted accepted => Store(state, command, [.. accepted.Events.Cast<Event>()], context),
            _ => throw new System.Diagnostics.UnreachableException("A decision is accepted or refused."),
        };

    /// <inheritdoc />
    protected override void OnRecovered(State state, EntityContext<Command> context)
    {
        if (context.SequenceNr == 0) return; // Nobody has protected a machine of this name yet.
        registry.Publish(new MachineSnapshot(context.Id.Name, context.SequenceNr, state, TermOf(context)));
        Advance(state, context);
    }

    /// <inheritdoc />
    protected override Command OnReminder(ReminderFiring firing, EntityContext<Command> context) => firing.Name switch
    {
        StepReminder => new Command.BeginStep(
            new OperationId(new Guid(firing.Payload.AsSpan(0, 16))), (Step)BinaryPrimitives.ReadInt32BigEndian(firing.Payload.AsSpan(16)),
            time.GetUtcNow()),
        _ => new Command.RetryReplication(firing.Generation, time.GetUtcNow()),
    };

    private static ControlTerm TermOf(EntityContext<Command> context) => new(context.ShardId, context.Epoch);

    /// <summary>Nothing changes; what is unfinished goes on. A name without a history leaves memory again.</summary>
    private Effect<State, Event> Answer(MachineReply reply, EntityContext<Command> context) => context.SequenceNr == 0
        ? Reply(reply).ThenPassivate()
        : Reply(reply).ThenRun(now => Advance(now, context));

    private Effect<State, Event> Store(State state, Command command, Event[] events, EntityContext<Command> context)
    {
        var next = events.Aggregate(state, ProtectedMachine.Evolve);
        var effect = Persist(events).Meta(EventMeta.Of(command)).ReplyWith(now => new MachineReply.Accepted(now)).ThenRun(now =>
        {
            registry.Publish(new MachineSnapshot(context.Id.Name, context.SequenceNr, now, TermOf(context)));
            Advance(now, context);
        });
        RemindOfStep(effect, ProtectedMachine.NextStep(state), ProtectedMachine.NextStep(next));
        RemindOfReplication(effect, ProtectedMachine.ReplicationOf(state), ProtectedMachine.ReplicationOf(next));
        return effect;
    }

    private void Advance(State state, EntityContext<Command> context)
    {
        if (ProtectedMachine.NextStep(state) is not { } pending) return;
        var now = time.GetUtcNow();
        if (pending.NotBefore > now) return; // The reminder begins it.
        if (pending.Started) launcher.Launch(pending, state, TermOf(context), command => context.TellSelf(command) == TellOutcome.Accepted);
        else context.TellSelf(new Command.BeginStep(pending.Operation, pending.Step, now));
    }

    private static void RemindOfStep(Effect<State, Event> effect, PendingStep? was, PendingStep? now)
    {
        if (now?.NotBefore is { } due)
        {
            if (was?.NotBefore == due && was.Step == now.Step && was.Operation == now.Operation) return;
            var payload = new byte[20];
            now.Operation.Value.TryWriteBytes(payload);
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(16), (int)now.Step);
            effect.Remind(StepReminder, due, due.UtcTicks, payload);
        }
        else if (was?.NotBefore is not null)
        {
            effect.ClearReminder(StepReminder);
        }
    }

    private static void RemindOfReplication(Effect<State, Event> effect, ReplicationState? was, ReplicationState? now)
    {
        if (now is ReplicationState.Retrying waiting)
        {
            if (was is ReplicationState.Retrying same && same.Generation == waiting.Generation && same.RetryAt == waiting.RetryAt) return;
            effect.Remind(ReplicationReminder, waiting.RetryAt, waiting.Generation);
        }
        else if (was is ReplicationState.Retrying)
        {
            effect.ClearReminder(ReplicationReminder);
        }
    }
}
