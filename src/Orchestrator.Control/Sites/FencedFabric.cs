using Orchestrator.Fabric;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Control.Sites;

/// <summary>A fabric whose starts and stops are operations of the site it stands in: fenced by the control term, one at a time per machine.</summary>
/// <param name="turns">The machines of the site, for a caller under a term.</param>
/// <param name="fabric">The fabric beside it.</param>
public sealed class FencedFabric(IMachineTurns turns, IFabric fabric) : IFabric
{
    /// <inheritdoc />
    public ValueTask<MachineInstance> StartAsync(StartRequest request, CancellationToken cancellation) =>
        turns.TakeAsync(request.Machine, () => fabric.StartAsync(request, cancellation), cancellation);

    /// <inheritdoc />
    public async ValueTask StopAsync(StopRequest request, CancellationToken cancellation) => await turns.TakeAsync(request.Machine, async () =>
    {
        await fabric.StopAsync(request, cancellation);
        return true;
    }, cancellation);

    /// <inheritdoc />
    public ValueTask<MachineInstance?> FindAsync(string machine, InstanceKind kind, CancellationToken cancellation) =>
        fabric.FindAsync(machine, kind, cancellation);
}
