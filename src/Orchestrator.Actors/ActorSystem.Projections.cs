using Orchestrator.Actors.Projections;

namespace Orchestrator.Actors;

/// <content>Read models that follow the journal.</content>
public sealed partial class ActorSystem
{
    private readonly List<ProjectionRunner> _projections = [];

    /// <summary>Adds projections, which run for the shards this node serves; before the system is started.</summary>
    /// <param name="store">Keeps the rows. The system does not dispose it.</param>
    /// <param name="projections">The projections; two versions of one name may run beside each other.</param>
    /// <param name="options">Their limits; the defaults when null.</param>
    public ProjectionRunner AddProjections(IProjectionStore store, IReadOnlyList<Projection> projections, ProjectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(projections);
        if (_writer is not null)
            throw new InvalidOperationException("The actor system has been started already: add projections before.");

        if (projections.Select(projection => projection.Id).Distinct().Count() < projections.Count)
            throw new ArgumentException("A version of a projection is given twice.", nameof(projections));

        var runner = new ProjectionRunner(this, store, projections, options ?? new ProjectionOptions());
        _projections.Add(runner);
        return runner;
    }

    /// <summary>The last position of a shard that is known to be durable; 0 when this node does not hold the shard.</summary>
    internal long HeadOf(int shardId) => Shards.Find(shardId)?.Head ?? 0;

    internal void TriggerProjections()
    {
        foreach (var runner in _projections)
            runner.Trigger();
    }

    private void StartProjections()
    {
        foreach (var runner in _projections)
            runner.Start();
    }

    private async Task StopProjectionsAsync()
    {
        foreach (var runner in _projections)
            await runner.StopAsync();
    }
}
