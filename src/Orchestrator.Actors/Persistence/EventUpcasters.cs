using System.Collections.Frozen;

namespace Orchestrator.Actors.Persistence;

/// <summary>All upcasters of one entity kind: what was ever stored becomes what the codec of today understands.</summary>
/// <remarks>
/// Each step goes one version up, so that a new version adds one upcaster and changes none (after Akka's event adapters). What no
/// upcaster takes goes to the codec as it is; whether that version is known is the codec's to say.
/// </remarks>
public sealed class EventUpcasters
{
    private const int LongestChain = 1000;

    private readonly FrozenDictionary<(int TypeId, short Version), EventUpcaster> _steps;

    /// <summary>Takes the upcasters, in any order.</summary>
    /// <exception cref="ArgumentException">Two take the same version of a type, or a version is below 1.</exception>
    public EventUpcasters(params IReadOnlyList<EventUpcaster> upcasters)
    {
        ArgumentNullException.ThrowIfNull(upcasters);
        var steps = new Dictionary<(int, short), EventUpcaster>();
        foreach (var upcaster in upcasters)
        {
            if (upcaster.FromVersion < 1 || !steps.TryAdd((upcaster.TypeId, upcaster.FromVersion), upcaster))
            {
                throw new ArgumentException(
                    $"Event type {upcaster.TypeId} version {upcaster.FromVersion} has a version below 1 or a second upcaster.", nameof(upcasters));
            }
        }

        _steps = steps.ToFrozenDictionary();
    }

    /// <summary>For a kind none of whose events has a second version yet.</summary>
    public static EventUpcasters None { get; } = new();

    /// <summary>The events a stored one stands for today, in order.</summary>
    /// <exception cref="InvalidOperationException">An upcaster breaks its rules: it skips a version, or goes round in a circle.</exception>
    public IReadOnlyList<EncodedEvent> Upcast(EncodedEvent stored)
    {
        if (!_steps.ContainsKey((stored.TypeId, stored.TypeVersion)))
            return [stored];

        var result = new List<EncodedEvent>();
        AddTo(result, stored, 0);
        return result;
    }

    /// <summary>Decodes a stored event as what it means today: none, one or several.</summary>
    /// <exception cref="UnknownEventException">The codec does not know the type or the version.</exception>
    /// <exception cref="InvalidOperationException">An upcaster breaks its rules.</exception>
    public IReadOnlyList<TEvent> Decode<TEvent>(IEventCodec<TEvent> codec, JournalEvent stored)
    {
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentNullException.ThrowIfNull(stored);
        if (SkipRecord.Is(stored))
            return []; // Of the kernel: no kind knows it, and it changes no state.

        if (stored.Payload is null || !_steps.ContainsKey((stored.TypeId, stored.TypeVersion)))
            return [codec.Decode(stored.TypeId, stored.TypeVersion, stored.Payload)];

        return [.. Upcast(new EncodedEvent(stored.TypeId, stored.TypeVersion, stored.Payload))
            .Select(current => codec.Decode(current.TypeId, current.TypeVersion, current.Payload))];
    }

    private void AddTo(List<EncodedEvent> result, EncodedEvent stored, int depth)
    {
        if (!_steps.TryGetValue((stored.TypeId, stored.TypeVersion), out var step))
        {
            result.Add(stored);
            return;
        }

        if (depth == LongestChain)
            throw Broken(step, "goes round in a circle");

        foreach (var next in step.Upcast(stored))
        {
            if (next.TypeId == step.TypeId && next.TypeVersion != step.FromVersion + 1)
                throw Broken(step, $"makes version {next.TypeVersion} of it, not the next one");

            AddTo(result, next, depth + 1);
        }
    }

    private static InvalidOperationException Broken(EventUpcaster step, string how) =>
        new($"The upcaster of event type {step.TypeId} version {step.FromVersion} {how}. Correct it; nothing stored is wrong.");
}
