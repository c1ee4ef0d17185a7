using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Contracts;
using Orchestrator.Control;
using Orchestrator.Control.Queries;

namespace Orchestrator.Api;

/// <summary>The routes of the journal's evidence.</summary>
internal sealed class JournalApi(ControlNode node, MachineOperations operations, IJournalInspector inspector)
{
    private const int MostCheckpoints = 10_000;
    private const int LongestReason = 1000;

    public void Map(IEndpointRouteBuilder group, Func<HttpContext, string> callerOf)
    {
        group.MapGet(Routes.JournalVerify, (CancellationToken cancellation) => inspector.VerifyAsync([], cancellation));
        group.MapPost(Routes.JournalVerify, (VerifyRequest request, CancellationToken cancellation) =>
            inspector.VerifyAsync(request.Published, cancellation));
        group.MapGet(Routes.JournalExport, ExportAsync);
        group.MapGet(Routes.JournalCut, CutAsync);
        group.MapGet(Routes.JournalReplay, ReplayAsync);
        group.MapGet(Routes.JournalCheckpoints, (int? limit, CancellationToken cancellation) =>
            inspector.CheckpointsAsync(Math.Clamp(limit ?? 10, 1, MostCheckpoints), cancellation));
        group.MapPost(Routes.JournalShred, (ShredRequest request, HttpContext context) =>
            ShredAsync(request, callerOf(context), context.RequestAborted));
    }

    /// <summary>The first line is read before the answer begins: what is wrong by then is answered like any other error.</summary>
    private async Task<IResult> ExportAsync(string? machine, string? from, string? to, CancellationToken cancellation)
    {
        var lines = inspector.ExportAsync(machine, from is null ? null : NodeApi.TimeOf(from), to is null ? null : NodeApi.TimeOf(to), cancellation)
            .GetAsyncEnumerator(cancellation);
        try
        {
            var any = await lines.MoveNextAsync();
            return Results.Stream(body => WriteAsync(lines, any, body, cancellation), "application/x-ndjson");
        }
        catch
        {
            await lines.DisposeAsync();
            throw;
        }
    }

    private static async Task WriteAsync(IAsyncEnumerator<string> lines, bool any, Stream body, CancellationToken cancellation)
    {
        await using (lines)
        {
            for (; any; any = await lines.MoveNextAsync()) await body.WriteAsync(Encoding.UTF8.GetBytes(lines.Current + "\n"), cancellation);
        }
    }

    private async Task<PastSystem> CutAsync(string time, CancellationToken cancellation)
    {
        var at = NodeApi.TimeOf(time);
        var cut = await inspector.CutAsync(at, cancellation) ?? throw new ControlException(ControlFailure.NotFound, new ErrorView(
            "ORC1106", $"There is no checkpoint at or before {at.UtcDateTime:u}, so the whole system of then cannot be told apart.",
            "Ask for a later time, or leave --all away to go by each event's own time.", []));
        List<PastState> states = [];
        foreach (var name in await node.History.NamesAsync(cancellation))
        {
            if (await node.History.Replay.StateAsync(name, cut, cancellation) is { } state) states.Add(state);
        }

        return new PastSystem(cut.At, cut.Checkpoint, cut.Heads.Sum(), states);
    }

    private async Task<IReadOnlyList<ReplayStep>> ReplayAsync(string machine, long? to, CancellationToken cancellation)
    {
        var steps = await node.History.Replay.StepsAsync(machine, to ?? long.MaxValue, cancellation);
        return steps.Count > 0 ? steps : throw await operations.UnknownAsync(machine, cancellation);
    }

    private async Task<ShreddingView> ShredAsync(ShredRequest request, string caller, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(request.Reason) || request.Reason.Length > LongestReason)
        {
            throw new ControlException(ControlFailure.Invalid, new ErrorView("ORC1107",
                "Shredding is kept on record for ever, with its reason.", $"Give a reason of 1 to {LongestReason} characters.", []));
        }

        return await inspector.ShredAsync(request, caller, cancellation);
    }
}
