using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Reminders;

namespace TestKitScenarios;

/// <summary>The recovery plan of a hosting service's shop: the database first, then the web servers, one machine at a time.</summary>
/// <remarks>
/// A machine that does not come up within its time is asked for again; after the third time the plan waits for a person.
/// What the plan wants of the outside world follows from its state, so a restart asks for it again: the fail-over of a machine
/// carries the plan's run and the machine as its key, and whoever carries it out does so once per key.
/// </remarks>
public sealed class ShopRecovery(Action<FailOverMachine> send) : PersistentActor<ShopState, ShopCommand, ShopEvent>
{
    /// <summary>How long a machine may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The order of the machines.</summary>
    public static readonly IReadOnlyList<string> Order = ["db", "web-1", "web-2"];

    private const int Tries = 3;
    private const string Deadline = "deadline";

    /// <inheritdoc />
    protected override ShopState InitialState(PersistenceId id) => new(0, null, 0, false);

    /// <inheritdoc />
    protected override ShopState Apply(ShopState state, ShopEvent @event) => @event switch
    {
        ShopEvent.Asked asked => new ShopState(state.Run + (asked.Machine == Order[0] && asked.Try == 1 ? 1 : 0), asked.Machine, asked.Try, false),
        ShopEvent.Recovered => new ShopState(state.Run, null, 0, false),
        ShopEvent.GivenUp gone => new ShopState(state.Run, gone.Machine, 0, true),
        _ => state,
    };

    /// <inheritdoc />
    protected override void OnRecovered(ShopState state, EntityContext<ShopCommand> context) => Send(state);

    /// <inheritdoc />
    protected override ShopCommand OnReminder(ReminderFiring firing, EntityContext<ShopCommand> context) => new ShopCommand.TimeIsUp();

    /// <inheritdoc />
    protected override Effect<ShopState, ShopEvent> OnCommand(ShopState state, ShopCommand command, EntityContext<ShopCommand> context) =>
        (command, state) switch
        {
            (ShopCommand.Start, { Machine: null }) => Ask(Order[0], 1, context.Now).Reply("started"),
            (ShopCommand.Start, _) => Reply("runs already"),
            (ShopCommand.MachineIsUp up, { NeedsHelp: false }) when up.Machine == state.Machine => After(up.Machine, context.Now).Reply("thanks"),
            (ShopCommand.MachineIsUp, _) => Reply("ignored"),
            (ShopCommand.TimeIsUp, { Machine: { } machine, Try: < Tries, NeedsHelp: false }) => Ask(machine, state.Try + 1, context.Now),
            (ShopCommand.TimeIsUp, { Machine: { } machine, NeedsHelp: false }) => Persist(new ShopEvent.GivenUp(machine)),
            _ => None(),
        };

    private Effect<ShopState, ShopEvent> After(string machine, DateTimeOffset now)
    {
        var next = Order.SkipWhile(name => name != machine).Skip(1).FirstOrDefault();
        return next is null ? Persist(new ShopEvent.Recovered()).ClearReminder(Deadline) : Ask(next, 1, now);
    }

    private Effect<ShopState, ShopEvent> Ask(string machine, int attempt, DateTimeOffset now) =>
        Persist(new ShopEvent.Asked(machine, attempt)).Remind(Deadline, now + Patience).ThenRun(Send);

    private void Send(ShopState state)
    {
        if (state is { Machine: { } machine, NeedsHelp: false })
            send(new FailOverMachine($"{state.Run}/{machine}", machine));
    }
}

/// <summary>Where the plan stands.</summary>
/// <param name="Run">How often it was started.</param>
/// <param name="Machine">The machine that is due; null when there is none.</param>
/// <param name="Try">How often it was asked for in this run.</param>
/// <param name="NeedsHelp">Whether it waits for a person.</param>
public sealed record ShopState(int Run, string? Machine, int Try, bool NeedsHelp);

/// <summary>What the plan asks of the outside world.</summary>
/// <param name="Key">The same for every repeat.</param>
/// <param name="Machine">The machine.</param>
public sealed record FailOverMachine(string Key, string Machine);

/// <summary>What can be asked of the plan.</summary>
public abstract record ShopCommand
{
    private ShopCommand()
    {
    }

    /// <summary>Recover the shop.</summary>
    public sealed record Start : ShopCommand;

    /// <summary>A machine runs at the recovery site.</summary>
    public sealed record MachineIsUp(string Machine) : ShopCommand;

    /// <summary>A machine took too long.</summary>
    public sealed record TimeIsUp : ShopCommand;
}

/// <summary>What has happened to the plan.</summary>
public abstract record ShopEvent
{
    private ShopEvent()
    {
    }

    /// <summary>A machine is to fail over.</summary>
    public sealed record Asked(string Machine, int Try) : ShopEvent;

    /// <summary>A machine did not come up, however often it was asked for.</summary>
    public sealed record GivenUp(string Machine) : ShopEvent;

    /// <summary>All machines run.</summary>
    public sealed record Recovered : ShopEvent;
}
