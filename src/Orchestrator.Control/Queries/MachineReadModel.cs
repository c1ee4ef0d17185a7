using System.Text;
using System.Text.Json;
using Orchestrator.Actors.Projections;
using Orchestrator.Actors.Sharding;
using Orchestrator.Contracts;
using Orchestrator.Control.Projections;
using Orchestrator.Domain.Machines;

namespace Orchestrator.Control.Queries;

/// <summary>Answers out of the read models: what holds now, over all machines of all nodes.</summary>
/// <remarks>
/// Whoever has just had a command acknowledged sees its effect: a question about one machine waits until the read model has
/// reached the end of its shard, one about all machines until it has reached the end of every shard of this node. What other nodes
/// serve is in the shared read model a moment later; the job of an accepted command is there before its caller is answered.
/// </remarks>
public sealed class MachineReadModel
{
    private const int Page = 1000;

    private readonly IProjectionStore _store;
    private readonly ProjectionRunner _runner;
    private readonly Func<IReadOnlyList<int>> _served;
    private readonly int _shardCount;
    private readonly TimeSpan _patience;

    internal MachineReadModel(IProjectionStore store, ProjectionRunner runner, Func<IReadOnlyList<int>> served, int shardCount, TimeSpan patience) =>
        (_store, _runner, _served, _shardCount, _patience) = (store, runner, served, shardCount, patience);

    /// <summary>Tells what changes; see <see cref="LiveEvent.Of"/>.</summary>
    public ILiveFeed Feed => _runner.Feed;

    /// <summary>A machine's state with its recovery points; null when none is known.</summary>
    /// <exception cref="ControlException">The read model is behind, or the machine's history cannot be read.</exception>
    public async Task<ProtectedMachine.State?> FindAsync(string machine, CancellationToken cancellation)
    {
        await CatchUpAsync(MachinesProjection.Name, machine);
        if (await _store.FindAsync(MachinesProjection.Name, MachinesProjection.MachinePrefix + machine, cancellation) is not { } bytes) return null;
        var row = MachineRow.Read(bytes);
        if (row.IsBroken) throw Broken(machine, row.Sequence + 1);
        var rows = await ReadAllAsync(MachinesProjection.Name, $"{MachinesProjection.PointPrefix}{machine}/", cancellation);
        var points = rows.Select(point => PointRow.Read(point.Value)).OrderBy(point => point.Number).Select(point => point.Point);
        return StatePoints.With(row.State, [.. points]);
    }

    /// <summary>The names of all machines, ordered.</summary>
    /// <exception cref="ControlException">The read model is behind.</exception>
    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellation)
    {
        await CatchUpAsync(MachinesProjection.Name);
        var rows = await ReadAllAsync(MachinesProjection.Name, MachinesProjection.MachinePrefix, cancellation);
        return [.. rows.Select(row => row.Key[MachinesProjection.MachinePrefix.Length..])];
    }

    /// <summary>The health of all protected machines, ordered by name.</summary>
    /// <exception cref="ControlException">The read model is behind.</exception>
    public async Task<IReadOnlyList<MachineHealthView>> HealthAsync(CancellationToken cancellation)
    {
        await CatchUpAsync(MachinesProjection.Name);
        return [.. (await ReadAllAsync(MachinesProjection.Name, MachinesProjection.HealthPrefix, cancellation)).Select(Of<MachineHealthView>)];
    }

    /// <summary>A machine's jobs, newest first.</summary>
    /// <exception cref="ControlException">The read model is behind, or the machine's history cannot be read.</exception>
    public async Task<IReadOnlyList<JobView>> JobsAsync(string machine, CancellationToken cancellation)
    {
        await CatchUpAsync(JobsProjection.Name, machine);
        await RequireReadableAsync(machine, cancellation);
        return await JobsBelowAsync(machine, cancellation);
    }

    /// <summary>The jobs of all machines, newest first.</summary>
    /// <exception cref="ControlException">The read model is behind.</exception>
    public async Task<IReadOnlyList<JobView>> JobsAsync(CancellationToken cancellation)
    {
        await CatchUpAsync(JobsProjection.Name);
        return await JobsBelowAsync(null, cancellation);
    }

    /// <summary>The job of an operation, or null; a resume answers with the job it made go on.</summary>
    /// <exception cref="ControlException">The read model is behind, or it may be in a history that cannot be read.</exception>
    public async Task<JobView?> JobAsync(Guid operation, CancellationToken cancellation)
    {
        await CatchUpAsync(JobsProjection.Name);
        var leads = await _store.ReadAsync(JobsProjection.Name, new RowQuery(JobsProjection.OperationPrefix(operation), 1), cancellation);
        if (leads is [var lead])
        {
            var row = await _store.FindAsync(JobsProjection.Name, Encoding.UTF8.GetString(lead.Value), cancellation);
            return row is null ? null : JsonSerializer.Deserialize<JobView>(row, Wire.Json);
        }

        var unread = await _store.ReadDeadLettersAsync(JobsProjection.Name, cancellation);
        return unread.Count == 0 ? null : throw Unreadable(
            $"There is no job {operation}, but {unread.Count} events could not be read, the first at shard {unread[0].ShardId}, "
            + $"position {unread[0].Position}: {unread[0].Error}");
    }

    /// <summary>What happened last, newest first.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="ControlException">The read model is behind.</exception>
    public async Task<IReadOnlyList<JournalEntryView>> EventsAsync(int limit, CancellationToken cancellation)
    {
        await CatchUpAsync(EventsProjection.Name);
        var rows = await _store.ReadAsync(EventsProjection.Name, new RowQuery("", limit, Descending: true), cancellation);
        return [.. rows.Select(Of<JournalEntryView>)];
    }

    /// <summary>Waits until any node finds the job a machine has just accepted; not longer than a reader would wait.</summary>
    public Task SeeJobsAsync(string machine) => _runner.WaitUntilCurrentAsync(JobsProjection.Name, ShardHash.ShardOf(machine, _shardCount), _patience);

    private static T Of<T>(ProjectionRow row) => JsonSerializer.Deserialize<T>(row.Value, Wire.Json)
        ?? throw new JsonException($"Row {row.Key} of a read model is null.");

    private async Task<IReadOnlyList<JobView>> JobsBelowAsync(string? machine, CancellationToken cancellation) =>
        [.. (await ReadAllAsync(JobsProjection.Name, JobsProjection.JobPrefix(machine), cancellation)).Select(Of<JobView>).Reverse()];

    private async Task<List<ProjectionRow>> ReadAllAsync(string name, string prefix, CancellationToken cancellation)
    {
        var rows = new List<ProjectionRow>();
        IReadOnlyList<ProjectionRow> page;
        do
        {
            page = await _store.ReadAsync(name, new RowQuery(prefix, Page, rows.Count == 0 ? null : rows[^1].Key), cancellation);
            rows.AddRange(page);
        }
        while (page.Count == Page);

        return rows;
    }

    private async Task RequireReadableAsync(string machine, CancellationToken cancellation)
    {
        if (JobsProjection.IsBroken(await _store.FindAsync(JobsProjection.Name, JobsProjection.LastKey(machine), cancellation))) throw Broken(machine, null);
    }

    private Task CatchUpAsync(string name, string machine) => CatchUpAsync(name, [ShardHash.ShardOf(machine, _shardCount)]);

    private Task CatchUpAsync(string name) => CatchUpAsync(name, _served());

    private async Task CatchUpAsync(string name, IReadOnlyList<int> shards)
    {
        foreach (var shard in shards)
        {
            if (await _runner.WaitUntilCurrentAsync(name, shard, _patience)) continue;
            throw new ControlException(ControlFailure.Unavailable, new ErrorView(ControlCodes.ReadModelBehind,
                $"The read model '{name}' has not caught up with shard {shard} within {_patience.TotalSeconds:0.#} s; the answer would be old.",
                "Try again in a moment; if it stays so, the node's log tells what holds it up.", []));
        }
    }

    private static ControlException Broken(string machine, long? sequence) => Unreadable(
        $"{(sequence is { } number ? $"Event {number}" : "An event")} of machine {machine} cannot be read.");

    private static ControlException Unreadable(string message) => new(ControlFailure.Unavailable, new ErrorView(
        ControlCodes.HistoryUnreadable, message, "Run 'journal verify' and restore the journal from a backup.", []));
}
