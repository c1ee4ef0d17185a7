using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Contracts;
using Orchestrator.Control;
using Orchestrator.Control.Queries;

namespace Orchestrator.Api;

/// <summary>The node's HTTP API, route by route as <see cref="Routes"/> lists them.</summary>
/// <param name="node">The machines.</param>
/// <param name="operations">What can be done with them.</param>
/// <param name="inspector">Looks at the journal.</param>
/// <param name="startedAt">When the node started.</param>
/// <param name="health">What is wrong with the node itself.</param>
public sealed class NodeApi(ControlNode node, MachineOperations operations, IJournalInspector inspector, DateTimeOffset startedAt,
    Func<IReadOnlyList<HealthReasonView>> health)
{
    private const int MostEntries = 1_000_000;
    private const int MostRecent = 10_000;

    /// <summary>Maps every route. Who may call is the listener's to decide.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").AddEndpointFilter<ErrorFilter>();
        ((IEndpointConventionBuilder)group).Finally(ErrorFilter.ExplainRefusals);
        group.MapGet(Routes.Status, StatusAsync);
        group.MapPost(Routes.Machines, (ProtectRequest request, HttpContext context) =>
            operations.ProtectAsync(request, CallerOf(context), context.RequestAborted));
        group.MapGet(Routes.Machine, MachineAsync);
        group.MapPost(Routes.Operations, (string machine, OperationRequest request, HttpContext context) =>
            operations.OperateAsync(machine, request, CallerOf(context), context.RequestAborted));
        group.MapGet(Routes.Points, PointsAsync);
        group.MapGet(Routes.Jobs, JobsAsync);
        group.MapGet(Routes.Job, JobAsync);
        group.MapGet(Routes.Health, (CancellationToken cancellation) => node.ReadModel.HealthAsync(cancellation));
        group.MapGet(Routes.Recent, (int? limit, CancellationToken cancellation) =>
            node.ReadModel.EventsAsync(Math.Clamp(limit ?? 100, 1, MostRecent), cancellation));
        routes.MapGet(Routes.Events, (HttpContext context) => new LiveStream(node.ReadModel.Feed).SendAsync(context));
        group.MapGet(Routes.Journal, JournalAsync);
        group.MapGet(Routes.JournalAsOf, AsOfAsync);
        new JournalApi(node, operations, inspector).Map(group, CallerOf);
    }

    /// <summary>Over a Unix socket that only its owner can open, the caller is the owner; over TLS it is the certificate's name.</summary>
    private static string CallerOf(HttpContext context) =>
        context.Connection.ClientCertificate?.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, false)
        ?? Environment.UserName;

    private async Task<NodeStatus> StatusAsync(CancellationToken cancellation)
    {
        var machines = (await node.LookAtAllAsync(cancellation)).Select(look => MachineViews.StatusOf(look, node.Time.GetUtcNow())).ToList();
        using var process = Process.GetCurrentProcess();
        return new NodeStatus(VersionText(), Environment.ProcessId, startedAt,
            [.. node.Sites.All.Select(site => new SiteView(site.Name.Value, site.Kind, site.Location))], process.WorkingSet64, machines)
        {
            Health = health(),
        };
    }

    private async Task<MachineStatus> MachineAsync(string machine, CancellationToken cancellation) =>
        await node.LookAsync(machine, cancellation) is { } look
            ? MachineViews.StatusOf(look, node.Time.GetUtcNow())
            : throw await operations.UnknownAsync(machine, cancellation);

    private async Task<List<PointView>> PointsAsync(string machine, CancellationToken cancellation)
    {
        var state = await node.FindAsync(machine, cancellation) ?? throw await operations.UnknownAsync(machine, cancellation);
        return [.. Domain.Machines.ProtectedMachine.PointsOf(state).Reverse().Select(point => MachineViews.PointOf(point)!)];
    }

    private async Task<IReadOnlyList<JobView>> JobsAsync(string? machine, CancellationToken cancellation)
    {
        if (machine is not null) await RequireHistoryAsync(machine, cancellation);
        return machine is null ? await node.ReadModel.JobsAsync(cancellation) : await node.ReadModel.JobsAsync(machine, cancellation);
    }

    private async Task<JobView> JobAsync(Guid job, CancellationToken cancellation) =>
        await node.ReadModel.JobAsync(job, cancellation) ?? throw new ControlException(ControlFailure.NotFound, new ErrorView(
            ControlCodes.JobUnknown, $"There is no job {job}.", "List them with 'jobs'.", []));

    private async Task<IReadOnlyList<JournalEntryView>> JournalAsync(
        string machine, long? from, int? limit, CancellationToken cancellation)
    {
        await RequireHistoryAsync(machine, cancellation);
        return await node.History.EntriesAsync(machine, Math.Max(1, from ?? 1), Math.Clamp(limit ?? 1000, 1, MostEntries), cancellation);
    }

    private async Task<List<PastState>> AsOfAsync(string time, string? machine, CancellationToken cancellation)
    {
        var at = TimeOf(time);
        if (machine is not null) await RequireHistoryAsync(machine, cancellation);
        List<PastState> states = [];
        foreach (var name in machine is null ? await node.History.NamesAsync(cancellation) : [machine])
        {
            if (await node.History.AsOfAsync(name, at, cancellation) is { } state) states.Add(state);
        }

        return states;
    }

    /// <summary>Reads a time of a request.</summary>
    /// <exception cref="ControlException">It is none.</exception>
    internal static DateTimeOffset TimeOf(string time) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw new ControlException(ControlFailure.Invalid, new ErrorView("ORC1104",
                $"'{time}' is no time.", "Write it as 2026-11-21T04:00:00Z.", []));

    /// <summary>The past can be asked of every machine in the journal, also of one whose actor could not recover.</summary>
    private async Task RequireHistoryAsync(string machine, CancellationToken cancellation)
    {
        if (await node.History.KnowsAsync(machine, cancellation)) return;
        throw await operations.UnknownAsync(machine, cancellation);
    }

    private static string VersionText() =>
        typeof(NodeApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
