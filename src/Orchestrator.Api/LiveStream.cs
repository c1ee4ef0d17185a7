using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Actors.Projections;
using Orchestrator.Contracts;
using Orchestrator.Control.Queries;

namespace Orchestrator.Api;

/// <summary>Tells one listener what changes, as server-sent events, until it goes or the node stops.</summary>
internal sealed class LiveStream(ILiveFeed feed)
{
    public async Task SendAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        using var subscription = feed.Subscribe();
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            // Tells the listener that nothing from here on escapes it.
            await WriteAsync(context, ": listening\n\n", end.Token);
            await SendAllAsync(context, subscription, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The listener has gone, or the node stops.
        }
    }

    private static async Task SendAllAsync(HttpContext context, LiveSubscription subscription, CancellationToken cancellation)
    {
        var told = 0L;
        while (await subscription.ReadAsync(cancellation) is { Count: > 0 } changes)
        {
            var text = new StringBuilder();
            foreach (var change in changes)
            {
                if (LiveEvent.Of(change) is { } live) Add(text, live.Name, live.Json);
            }

            if (subscription.Dropped is var dropped && dropped != told)
            {
                told = dropped;
                Add(text, LiveEvents.Dropped, dropped.ToString(CultureInfo.InvariantCulture));
            }

            if (text.Length > 0) await WriteAsync(context, text.ToString(), cancellation);
        }
    }

    private static void Add(StringBuilder text, string name, string data) => text.Append("event: ").Append(name).Append("\ndata: ").Append(data).Append("\n\n");

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellation)
    {
        await context.Response.WriteAsync(text, cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }
}
