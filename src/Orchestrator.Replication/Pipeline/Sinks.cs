namespace Orchestrator.Replication.Pipeline;

/// <summary>Makes sinks.</summary>
public static class Sinks
{
    /// <summary>Calls <paramref name="take"/> for each element, one at a time and in order.</summary>
    public static Sink<T> ForEach<T>(Action<T> take) => new((run, input) => run.Start(async () =>
    {
        await foreach (var element in input.ReadAllAsync(run.Stopping))
        {
            take(element);
        }
    }));
}
