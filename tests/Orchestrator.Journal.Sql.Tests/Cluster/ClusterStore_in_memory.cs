using Orchestrator.Actors.Cluster;
using Orchestrator.Actors.Persistence;
using Orchestrator.TestKit;

namespace Orchestrator.Journal.Sql.Tests.Cluster;

public sealed class ClusterStore_in_memory : ClusterStoreContract
{
    private readonly ManualTime _time = new();

    public ClusterStore_in_memory()
    {
        var journal = new TestKit.InMemoryJournal(8, _time);
        Journal = journal;
        Store = new InMemoryClusterStore(journal, _time);
    }

    protected override IJournal Journal { get; }

    protected override IClusterStore Store { get; }

    public override ValueTask InitializeAsync() => default;

    public override ValueTask DisposeAsync() => Journal.DisposeAsync();

    protected override Task PassAsync(double seconds)
    {
        _time.MoveTo(_time.Elapsed + TimeSpan.FromSeconds(seconds));
        return Task.CompletedTask;
    }
}
