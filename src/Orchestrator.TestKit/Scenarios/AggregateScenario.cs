using Orchestrator.Domain;
using Orchestrator.Domain.Machines;

namespace Orchestrator.TestKit.Scenarios;

/// <summary>Starts a Given/When/Then on an aggregate made of a pure decide and evolve.</summary>
public static class AggregateScenario
{
    /// <summary>A scenario of any aggregate.</summary>
    /// <param name="initial">The state before the first event.</param>
    /// <param name="decide">What becomes of a command in a state.</param>
    /// <param name="evolve">The state after an event.</param>
    public static AggregateScenario<TState, TCommand, TEvent> Of<TState, TCommand, TEvent>(
        TState initial, Func<TState, TCommand, Decision> decide, Func<TState, TEvent, TState> evolve)
        where TState : notnull
        where TCommand : notnull
        where TEvent : IEvent => new(initial, decide, evolve);

    /// <summary>A scenario of a protected machine, which is not protected yet.</summary>
    public static AggregateScenario<ProtectedMachine.State, ProtectedMachine.Command, ProtectedMachine.Event> OfMachine() =>
        Of<ProtectedMachine.State, ProtectedMachine.Command, ProtectedMachine.Event>(
            ProtectedMachine.Initial, ProtectedMachine.Decide, ProtectedMachine.Evolve);
}

/// <summary>Given what happened, when something is asked, then this follows. Nothing runs but the aggregate.</summary>
/// <typeparam name="TState">Its state.</typeparam>
/// <typeparam name="TCommand">Its commands.</typeparam>
/// <typeparam name="TEvent">Its events.</typeparam>
/// <example><code>
/// AggregateScenario.OfMachine()
///     .Given(enablingStarted)
///     .When(state => new Command.FailOver(operation, FailoverKind.Planned, null, "ann", now))
///     .ThenRefused(RefusalCodes.NotYetReplicated);
/// </code></example>
public sealed class AggregateScenario<TState, TCommand, TEvent>
    where TState : notnull
    where TCommand : notnull
    where TEvent : IEvent
{
    private readonly Func<TState, TCommand, Decision> _decide;
    private readonly Func<TState, TEvent, TState> _evolve;
    private readonly List<TEvent> _history = [];
    private TCommand? _asked;
    private Decision? _decision;

    internal AggregateScenario(TState initial, Func<TState, TCommand, Decision> decide, Func<TState, TEvent, TState> evolve)
    {
        State = initial;
        _decide = decide;
        _evolve = evolve;
    }

    /// <summary>The state after all that happened so far.</summary>
    public TState State { get; private set; }

    /// <summary>All events so far, given and decided.</summary>
    public IReadOnlyList<TEvent> History => _history;

    /// <summary>What became of the last command.</summary>
    /// <exception cref="InvalidOperationException">Nothing was asked yet.</exception>
    public Decision Decision => _decision ?? throw new InvalidOperationException("Nothing was asked yet: call When first.");

    /// <summary>These events happened.</summary>
    public AggregateScenario<TState, TCommand, TEvent> Given(params IEnumerable<TEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        foreach (var happened in events)
            Happen(happened);

        return this;
    }

    /// <summary>This command was accepted.</summary>
    /// <exception cref="ScenarioFailedException">It is refused.</exception>
    public AggregateScenario<TState, TCommand, TEvent> Given(Func<TState, TCommand> command)
    {
        When(command);
        return Decision is Decision.Refused refused ? throw Failed("is given as accepted", Text(refused)) : this;
    }

    /// <summary>Asks, and goes on from what is decided.</summary>
    public AggregateScenario<TState, TCommand, TEvent> When(TCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        _asked = command;
        _decision = _decide(State, command);
        foreach (var decided in (_decision as Decision.Accepted)?.Events ?? [])
            Happen((TEvent)decided);

        return this;
    }

    /// <summary>Asks for something that depends on the state.</summary>
    public AggregateScenario<TState, TCommand, TEvent> When(Func<TState, TCommand> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return When(command(State));
    }

    /// <summary>Exactly these events follow, in this order.</summary>
    public AggregateScenario<TState, TCommand, TEvent> Then(params IReadOnlyList<TEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var difference = Difference.Of([.. events], [.. Accepted("leads to other events")]);
        return difference is null ? this : throw Failed("leads to other events", difference);
    }

    /// <summary>Events of exactly these types follow, in this order.</summary>
    public AggregateScenario<TState, TCommand, TEvent> ThenTypes(params IReadOnlyList<Type> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        var difference = Difference.Of([.. types.Select(type => type.Name)], [.. Accepted("leads to other events").Select(fact => fact.GetType().Name)]);
        return difference is null ? this : throw Failed("leads to other events", difference);
    }

    /// <summary>It is accepted and nothing follows, as after a repeat.</summary>
    public AggregateScenario<TState, TCommand, TEvent> ThenNothing() => Then([]);

    /// <summary>It is refused with this code.</summary>
    public AggregateScenario<TState, TCommand, TEvent> ThenRefused(string code)
    {
        if (Decision is Decision.Refused { Refusal.Code: var refused } && refused == code)
            return this;

        var got = Decision is Decision.Refused other ? Text(other) : $"accepted with {Accepted("").Count} event(s):"
            + string.Concat(Accepted("").Select(fact => $"{Environment.NewLine}+ {fact}"));
        throw Failed($"is not refused with {code}", got);
    }

    /// <summary>The state is of this type and holds this.</summary>
    /// <param name="holds">What must hold of it; null for anything.</param>
    public AggregateScenario<TState, TCommand, TEvent> ThenState<T>(Predicate<T>? holds = null)
        where T : TState =>
        State is T state && (holds is null || holds(state)) ? this : throw Failed($"leaves no such {typeof(T).Name}", State.ToString()!);

    private EventList Accepted(string what) =>
        Decision is Decision.Accepted accepted ? accepted.Events : throw Failed(what, Text((Decision.Refused)Decision));

    private void Happen(TEvent happened)
    {
        State = _evolve(State, happened);
        _history.Add(happened);
    }

    private ScenarioFailedException Failed(string what, string difference) => new(
        $"{_asked} {what}:{Environment.NewLine}{difference.TrimEnd()}{Environment.NewLine}"
        + $"(- expected and missing, + not expected, ~ not equal) after {_history.Count} event(s)");

    private static string Text(Decision.Refused refused) =>
        $"refused with {refused.Refusal.Code}: {refused.Refusal.Message} {refused.Refusal.Advice}";
}
