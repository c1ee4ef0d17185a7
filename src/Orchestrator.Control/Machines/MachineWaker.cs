using Microsoft.Extensions.Logging;
using Orchestrator.Actors;
using Orchestrator.Actors.Sharding;
using Command = Orchestrator.Domain.Machines.ProtectedMachine.Command;

namespace Orchestrator.Control.Machines;

/// <summary>Makes machines recover and go on with what was under way, when their shards come to this node or its lease is sure again.</summary>
/// <param name="machines">The way to the machines.</param>
/// <param name="time">The clock.</param>
/// <param name="atOnce">How many are woken at the same time: a whole node's machines at once would starve everything else.</param>
/// <param name="patience">How long one may take.</param>
/// <param name="log">Where a machine that does not wake is told.</param>
internal sealed class MachineWaker(ShardRegion<Command> machines, TimeProvider time, int atOnce, TimeSpan patience, ILogger log)
{
    private readonly Lock _gate = new();
    private readonly Queue<Waking> _waiting = [];
    private int _awaited;

    /// <summary>Wakes the machines; done when each has answered or given up.</summary>
    /// <remarks>A machine that cannot be recovered holds no other up: it is logged, and answers with its error.</remarks>
    /// <param name="names">The machines.</param>
    /// <param name="isWanted">Asked when it is a machine's turn: its shard may have left meanwhile.</param>
    public async Task WakeAsync(IEnumerable<string> names, Predicate<string> isWanted)
    {
        var all = names.Select(name => new Waking(name, isWanted, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))).ToList();
        lock (_gate)
        {
            all.ForEach(_waiting.Enqueue);
        }

        StartNext();
        // One by one: WhenAll over asks would leave a single-threaded dispatcher.
        foreach (var one in all) await one.Done.Task;
    }

    private void StartNext()
    {
        while (TakeNext() is { } next) _ = WakeAsync(next);
    }

    private Waking? TakeNext()
    {
        lock (_gate)
        {
            if (_awaited == atOnce || !_waiting.TryDequeue(out var next)) return null;
            _awaited++;
            return next;
        }
    }

    private async Task WakeAsync(Waking one)
    {
        await Task.Yield();
        try
        {
            if (one.IsWanted(one.Name)) await machines.Ask<MachineReply>(one.Name, new Command.Look(time.GetUtcNow()), patience);
        }
        catch (AskException error)
        {
            log.LogError(error, "Machine {Machine} was not recovered", one.Name);
        }
        finally
        {
            lock (_gate)
            {
                _awaited--;
            }

            one.Done.TrySetResult();
            StartNext();
        }
    }

    private sealed record Waking(string Name, Predicate<string> IsWanted, TaskCompletionSource Done);
}
