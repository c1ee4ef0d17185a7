namespace Orchestrator.Replication.Sites;

/// <summary>Lets what is beside a site's replication, such as starting and stopping, take part in the turns of its machines.</summary>
public interface IMachineTurns
{
    /// <summary>Runs an effect as one of the machine's operations: the caller's control term is proven first, and no other operation runs beside it.</summary>
    /// <param name="id">The machine.</param>
    /// <param name="effect">The effect.</param>
    /// <param name="cancellation">Cancels waiting.</param>
    /// <exception cref="ReplicationException">The caller is refused, or the site cannot take note of its term.</exception>
    ValueTask<T> TakeAsync<T>(string id, Func<ValueTask<T>> effect, CancellationToken cancellation);
}
