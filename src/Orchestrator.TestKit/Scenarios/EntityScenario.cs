using Orchestrator.Actors;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;

namespace Orchestrator.TestKit.Scenarios;

/// <summary>Given/When/Then on a persistent entity: the real actor, on virtual time, over a journal in memory.</summary>
/// <remarks>One test owns it and calls it from one thread. Every step comes to rest before it returns.</remarks>
/// <typeparam name="TState">Its state.</typeparam>
/// <typeparam name="TCommand">Its commands.</typeparam>
/// <typeparam name="TEvent">Its events.</typeparam>
/// <example><code>
/// await using var lamp = new EntityScenario&lt;LampState, LampCommand, LampEvent>(definition);
/// lamp.Given(new SwitchedOff())
///     .When(new SwitchOn(TimeSpan.FromHours(1))).Then(new SwitchedOn()).ThenReplies(true).ThenReminds("off", lamp.Now.AddHours(1))
///     .AfterCrash()
///     .After(TimeSpan.FromHours(1)).Then(new SwitchedOff());
/// </code></example>
public sealed class EntityScenario<TState, TCommand, TEvent> : IAsyncDisposable
    where TEvent : notnull
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly EntityDefinition<TState, TCommand, TEvent> _definition;
    private readonly PersistenceId _id;
    private readonly ActorTestKit _kit;
    private ShardRegion<TCommand>? _region;
    private bool _isStarted;
    private int _seen;
    private string _last = "nothing";
    private object? _reply;

    /// <summary>Prepares the entity; it starts with the first command.</summary>
    /// <param name="definition">The kind of entity.</param>
    /// <param name="name">The entity's name.</param>
    /// <param name="seed">Decides the order of what happens at once.</param>
    public EntityScenario(EntityDefinition<TState, TCommand, TEvent> definition, string name = "subject", long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(definition);
        _definition = definition;
        _id = new PersistenceId(definition.Kind, name);
        _kit = new ActorTestKit(seed, system => _region = system.AddRegion(definition));
    }

    /// <summary>The node it runs on, for faults of its journal and for its time.</summary>
    public ActorTestKit Kit => _kit;

    /// <summary>The time.</summary>
    public DateTimeOffset Now => _kit.Time.GetUtcNow();

    /// <summary>Everything stored for the entity.</summary>
    public IReadOnlyList<TEvent> History =>
        [.. _kit.Journal.EventsOf(_id).SelectMany(stored => _definition.Upcasters.Decode(_definition.Events, stored))];

    /// <summary>These events are its history; before the first command only.</summary>
    /// <exception cref="InvalidOperationException">The entity runs already.</exception>
    public EntityScenario<TState, TCommand, TEvent> Given(params IReadOnlyList<TEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        if (_isStarted)
            throw new InvalidOperationException("The entity runs already: give its history before the first command.");

        Wait(_kit.RunAsync(() => StoreAsync(events)));
        _seen = History.Count;
        return this;
    }

    /// <summary>Sends a command and takes what it stores and answers.</summary>
    public EntityScenario<TState, TCommand, TEvent> When(TCommand command)
    {
        EnsureStarted();
        _last = $"{command}";
        _seen = History.Count;
        _reply = null;
        var asked = _region!.Ask<object?>(_id.Name, command, Patience);
        Wait(_kit.IdleAsync());
        _reply = asked.IsCompletedSuccessfully ? asked.Result : asked.Exception?.InnerException;
        return this;
    }

    /// <summary>Lets time pass, with what is due on the way.</summary>
    public EntityScenario<TState, TCommand, TEvent> After(TimeSpan time)
    {
        EnsureStarted();
        _last = $"what is due within {time}";
        _seen = History.Count;
        _reply = null;
        Wait(_kit.AdvanceAsync(time));
        return this;
    }

    /// <summary>Kills the node and starts the next one over the same journal.</summary>
    public EntityScenario<TState, TCommand, TEvent> AfterCrash(TimeSpan outage = default)
    {
        EnsureStarted();
        _last = "the start after a crash";
        _seen = History.Count;
        Wait(_kit.CrashAsync(outage));
        _region!.Wake(_id.Name);
        Wait(_kit.IdleAsync());
        return this;
    }

    /// <summary>Exactly these events were stored by the last step, in this order.</summary>
    public EntityScenario<TState, TCommand, TEvent> Then(params IReadOnlyList<TEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var difference = Difference.Of([.. events.Cast<object>()], [.. History.Skip(_seen).Cast<object>()]);
        return difference is null ? this : throw Failed("stores other events", difference);
    }

    /// <summary>Nothing was stored by the last step.</summary>
    public EntityScenario<TState, TCommand, TEvent> ThenNothing() => Then([]);

    /// <summary>The last command was answered with this.</summary>
    public EntityScenario<TState, TCommand, TEvent> ThenReplies(object? reply) =>
        Equals(_reply, reply) ? this : throw Failed("is answered differently", $"- {reply ?? "no answer"}{Environment.NewLine}+ {_reply ?? "no answer"}");

    /// <summary>The last command was answered with a reply of this type that holds this.</summary>
    public EntityScenario<TState, TCommand, TEvent> ThenReplies<T>(Predicate<T> holds)
    {
        ArgumentNullException.ThrowIfNull(holds);
        return _reply is T reply && holds(reply) ? this : throw Failed($"is not answered with such a {typeof(T).Name}", $"+ {_reply ?? "no answer"}");
    }

    /// <summary>The last command failed with this code instead of an answer; nothing or something unknown was stored.</summary>
    public EntityScenario<TState, TCommand, TEvent> ThenFails(string code) =>
        _reply is AskException error && error.Code == code ? this : throw Failed($"does not fail with {code}", $"+ {_reply ?? "no answer"}");

    /// <summary>A reminder of this name is set for this time.</summary>
    public EntityScenario<TState, TCommand, TEvent> ThenReminds(string name, DateTimeOffset dueAt) =>
        Reminders.Any(reminder => reminder.Name == name && reminder.DueAt == dueAt)
            ? this
            : throw Failed("sets no such reminder", $"- {name} at {dueAt:O}{Set()}");

    /// <summary>No reminder of this name is set.</summary>
    public EntityScenario<TState, TCommand, TEvent> ThenHasNoReminder(string name) =>
        Reminders.All(reminder => reminder.Name != name) ? this : throw Failed($"leaves reminder {name} set", Set().TrimStart());

    /// <summary>Stops the node.</summary>
    public ValueTask DisposeAsync() => _kit.DisposeAsync();

    private IEnumerable<JournalReminder> Reminders => _kit.Journal.Reminders.Where(reminder => reminder.Id == _id);

    private string Set() => string.Concat(Reminders.Select(reminder => $"{Environment.NewLine}+ {reminder.Name} at {reminder.DueAt:O}"));

    private async Task StoreAsync(IReadOnlyList<TEvent> events)
    {
        var shard = ShardHash.ShardOf(_id.Name, _kit.Journal.ShardCount);
        var grant = (await _kit.Journal.AcquireAsync([shard], CancellationToken.None))[0];
        var known = _kit.Journal.EventsOf(_id);
        var hash = known.Count > 0 ? known[^1].Hash : HashChain.Genesis(_id);
        List<JournalEvent> sealedEvents = [];
        foreach (var happened in events)
        {
            var encoded = _definition.Events.Encode(happened);
            var payloadHash = HashChain.HashPayload(encoded.Payload);
            var number = known.Count + sealedEvents.Count + 1;
            hash = HashChain.Next(hash, _id, number, grant.Epoch, encoded.TypeId, encoded.TypeVersion, Now, [], payloadHash);
            sealedEvents.Add(new JournalEvent(
                _id, number, grant.Epoch, encoded.TypeId, encoded.TypeVersion, Now, [], encoded.Payload, payloadHash, hash));
        }

        await _kit.Journal.AppendAsync([new ShardAppend(shard, grant.Epoch, grant.Head, sealedEvents, [])], CancellationToken.None);
    }

    private void EnsureStarted()
    {
        if (_isStarted)
            return;

        _isStarted = true;
        Wait(_kit.StartAsync());
    }

    private ScenarioFailedException Failed(string what, string difference) => new(
        $"{_last} {what}:{Environment.NewLine}{difference.TrimEnd()}{Environment.NewLine}"
        + $"(- expected and missing, + not expected, ~ not equal) after {History.Count} event(s)");

    /// <summary>The loop runs on this thread: when a call of it returns, its task is complete.</summary>
    private static void Wait(Task done) => done.GetAwaiter().GetResult();
}
