using System.Globalization;
using System.Text;
using Orchestrator.Actors.Messages;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Reminders;
using Orchestrator.Actors.Sharding;

namespace Orchestrator.Actors.Tests;

/// <summary>The entity of these tests: adds up what it is told, remembers which operations it has done.</summary>
internal sealed record LedgerState(int Sum, IReadOnlyList<string> Done)
{
    public static readonly LedgerState Empty = new(0, []);
}

internal abstract record LedgerCommand
{
    public sealed record Add(string Operation, int Amount) : LedgerCommand;

    public sealed record Read : LedgerCommand;

    public sealed record Throw : LedgerCommand;

    public sealed record AddUnencodable : LedgerCommand;

    public sealed record Remind(string Name, DateTimeOffset DueAt, long Generation) : LedgerCommand;

    public sealed record Forget(string Name) : LedgerCommand;

    public sealed record Fired(ReminderFiring Firing) : LedgerCommand;

    public sealed record Send(string Operation, IReadOnlyList<PersistenceId> To, string Text) : LedgerCommand;

    public sealed record Got(OutboxDelivery Delivery) : LedgerCommand;

    public sealed record Park : LedgerCommand;

    public sealed record Unpark : LedgerCommand;

    public sealed record Leave : LedgerCommand;

    public sealed record TickIn(TimeSpan Delay) : LedgerCommand;

    public sealed record AskPeer(string Name) : LedgerCommand;
}

internal sealed record Added(string Operation, int Amount);

internal sealed class LedgerCodec(short version = 1) : IEventCodec<Added>
{
    public const int TypeId = 1;

    public EncodedEvent Encode(Added @event) => @event.Operation == "unencodable"
        ? throw new FormatException("no such event")
        : new EncodedEvent(TypeId, version, Encoding.UTF8.GetBytes($"{@event.Operation}={@event.Amount}"));

    public Added Decode(int typeId, short typeVersion, byte[]? payload)
    {
        if (typeId != TypeId || typeVersion != version)
            throw new UnknownEventException(typeId, typeVersion);

        var parts = Encoding.UTF8.GetString(payload!).Split('=');
        return new Added(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}

internal sealed class LedgerSnapshots(int schema = 1) : ISnapshotCodec<LedgerState>
{
    public int Decoded { get; private set; }

    public int Schema => schema;

    public byte[] Encode(LedgerState state) => Encoding.UTF8.GetBytes($"{state.Sum}|{string.Join(',', state.Done)}");

    public LedgerState Decode(byte[] payload)
    {
        Decoded++;
        var parts = Encoding.UTF8.GetString(payload).Split('|');
        return new LedgerState(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries));
    }
}

/// <summary>What happened, in order, and what the test wants to happen; outlives the entities.</summary>
internal sealed class LedgerLog
{
    private readonly List<string> _lines = [];

    public ShardRegion<LedgerCommand>? Peers { get; set; }

    public Action<LedgerState>? OnRecovered { get; set; }

    /// <summary>Poison does no harm any more.</summary>
    public bool IsHealed { get; set; }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public void Write(string line)
    {
        lock (_lines)
            _lines.Add(line);
    }
}

internal sealed class Ledger(LedgerLog log) : PersistentActor<LedgerState, LedgerCommand, Added>
{
    private bool _isParked;

    protected override LedgerState InitialState(PersistenceId id) => LedgerState.Empty;

    protected override LedgerState Apply(LedgerState state, Added @event)
    {
        log.Write($"apply {@event.Operation}");
        return new LedgerState(state.Sum + @event.Amount, [.. state.Done, @event.Operation]);
    }

    protected override LedgerCommand OnReminder(ReminderFiring firing, EntityContext<LedgerCommand> context) =>
        new LedgerCommand.Fired(firing);

    protected override LedgerCommand OnMessage(OutboxDelivery delivery, EntityContext<LedgerCommand> context) =>
        new LedgerCommand.Got(delivery);

    protected override void OnRecovered(LedgerState state, EntityContext<LedgerCommand> context)
    {
        log.Write($"recovered {context.Name} at {context.SequenceNr}");
        log.OnRecovered?.Invoke(state);
    }

    protected override ValueTask OnStoppedAsync()
    {
        log.Write("stopped");
        return default;
    }

    private Effect<LedgerState, Added> OnGot(OutboxDelivery delivery)
    {
        var text = Encoding.UTF8.GetString(delivery.Payload);
        log.Write($"got {text} of {delivery.From.Name}#{delivery.Number.SequenceNr}.{delivery.Number.Ordinal}");
        return text switch
        {
            "poison" when !log.IsHealed => throw new InvalidOperationException("cannot stomach it"),
            "note" => None(),
            _ => Persist(new Added($"{delivery.From.Name}#{delivery.Number.SequenceNr}.{delivery.Number.Ordinal}", 1)),
        };
    }

    protected override Effect<LedgerState, Added> OnCommand(
        LedgerState state, LedgerCommand command, EntityContext<LedgerCommand> context)
    {
        switch (command)
        {
            case LedgerCommand.Add when _isParked:
                return Stash();
            case LedgerCommand.Add add when state.Done.Contains(add.Operation):
                return Reply(state.Sum);
            case LedgerCommand.Add add:
                log.Write($"decide {add.Operation}");
                return Persist(new Added(add.Operation, add.Amount)).Meta(Encoding.UTF8.GetBytes(add.Operation))
                    .ReplyWith(after =>
                    {
                        log.Write($"reply {add.Operation}");
                        return after.Sum;
                    }).ThenRun(_ => log.Write($"run {add.Operation}"));
            case LedgerCommand.Read:
                return Reply(state);
            case LedgerCommand.AddUnencodable:
                return Persist(new Added("unencodable", 1)).Reply(0);
            case LedgerCommand.Remind remind:
                return None().Remind(remind.Name, remind.DueAt, remind.Generation, [7]).Reply("set");
            case LedgerCommand.Forget forget:
                return None().ClearReminder(forget.Name).Reply("cleared");
            case LedgerCommand.Fired fired:
                log.Write($"fired {fired.Firing.Name}#{fired.Firing.Generation} late {fired.Firing.LateBy.TotalSeconds}");
                return Persist(new Added($"{fired.Firing.Name}#{fired.Firing.Generation}", 1));
            case LedgerCommand.Send send when state.Done.Contains(send.Operation):
                return Reply(state.Sum);
            case LedgerCommand.Send send:
                return send.To.Aggregate(send.Operation == "mute" ? None() : Persist(new Added(send.Operation, 0)),
                    (effect, to) => effect.Send(to, Encoding.UTF8.GetBytes(send.Text)))
                    .ReplyWith(after => after.Sum);
            case LedgerCommand.Got when _isParked:
                return Stash();
            case LedgerCommand.Got got:
                return OnGot(got.Delivery);
            case LedgerCommand.Park:
                _isParked = true;
                return Reply("parked");
            case LedgerCommand.Unpark:
                _isParked = false;
                return Reply("open").ThenUnstashAll();
            case LedgerCommand.Leave:
                return Passivate();
            case LedgerCommand.TickIn tick:
                context.StartTimer("tick", tick.Delay, new LedgerCommand.Add("tick", 1));
                return None();
            case LedgerCommand.AskPeer peer:
                return None().ThenRunAsync(async _ =>
                    log.Write($"peer {await log.Peers!.Ask<LedgerState>(peer.Name, new LedgerCommand.Read(), TimeSpan.FromSeconds(1), context)}"));
            default:
                throw new InvalidOperationException("told to throw");
        }
    }
}
