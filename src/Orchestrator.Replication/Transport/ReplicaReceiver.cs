using Microsoft.AspNetCore.Http;
using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Transport;

/// <summary>Answers the routes of <see cref="ReplicaEndpoints"/>.</summary>
internal sealed class ReplicaReceiver
{
    /// <summary>How long a body may stand still before the request is given up, so that a dead peer does not hold memory.</summary>
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(30);

    private const long ReceiveBytes = 64L * 1024 * 1024;
    private const int MaxHashes = 65536;
    private readonly Func<string, string, IReplica?> _find;
    private readonly TimeProvider _time;
    private readonly ByteCredit _memory = new(ReceiveBytes);

    internal ReplicaReceiver(Func<string, string, IReplica?> find, TimeProvider time) => (_find, _time) = (find, time);

    internal Task OpenSessionAsync(HttpContext context) => AnswerAsync(context, async replica =>
    {
        var request = await context.Request.ReadFromJsonAsync(LinkJson.Default.SessionRequest, context.RequestAborted)
            ?? throw BatchFrame.Rejected("session request is empty");
        await WriteCursorAsync(context, replica.OpenSession(request));
    });

    internal Task GetCursorAsync(HttpContext context) =>
        AnswerAsync(context, replica => WriteCursorAsync(context, replica.Cursor));

    internal Task IngestAsync(HttpContext context) => AnswerAsync(context, async replica =>
    {
        var length = RequireLength(context, BatchFrame.HeaderLength, BatchFrame.MaxLength);
        await _memory.AcquireAsync(length, context.RequestAborted);
        var buffer = BufferPool.Rent(length);
        try
        {
            await ReadBodyAsync(context, buffer.AsMemory(0, length));
            await WriteCursorAsync(context, Ingest(context, replica, buffer.AsMemory(0, length)));
        }
        finally
        {
            BufferPool.Return(buffer);
            _memory.Release(length);
        }
    });

    internal Task HashBlocksAsync(HttpContext context) => AnswerAsync(context, async replica =>
    {
        RequireLength(context, BlockHash.KeyLength, BlockHash.KeyLength);
        var disk = (int)ReadNumber(context, "disk", int.MaxValue);
        var first = ReadNumber(context, "first", long.MaxValue / IReplica.BlockSize);
        var count = (int)ReadNumber(context, "count", MaxHashes);
        var key = new byte[BlockHash.KeyLength];
        await ReadBodyAsync(context, key);
        var hashes = new byte[count * BlockHash.Length];
        replica.HashBlocks(disk, first, key, hashes);
        context.Response.ContentLength = hashes.Length;
        await context.Response.Body.WriteAsync(hashes, context.RequestAborted);
    });

    private static ReplicaCursor Ingest(HttpContext context, IReplica replica, ReadOnlyMemory<byte> frame)
    {
        var header = BatchFrame.Verify(frame.Span);
        var isNamed = long.TryParse(context.Request.RouteValues["number"] as string, out var number) && number == header.Number;
        BatchFrame.Require(isNamed, "does not have the number it was sent under");
        return replica.Ingest(header, frame);
    }

    private static int RequireLength(HttpContext context, int least, int most)
    {
        var length = context.Request.ContentLength ?? 0;
        BatchFrame.Require(length >= least && length <= most, $"request has {length} bytes, which is not possible");
        return (int)length;
    }

    private static long ReadNumber(HttpContext context, string name, long most)
    {
        var isNumber = long.TryParse(context.Request.Query[name], out var value);
        BatchFrame.Require(isNumber && value >= 0 && value <= most, $"request needs a number {name} of at most {most}");
        return value;
    }

    private static Task WriteCursorAsync(HttpContext context, ReplicaCursor cursor) =>
        context.Response.WriteAsJsonAsync(cursor, LinkJson.Default.ReplicaCursor, cancellationToken: context.RequestAborted);

    private static Task WriteErrorAsync(HttpContext context, WireError error)
    {
        context.Response.StatusCode = error.Status;
        return context.Response.WriteAsJsonAsync(error, LinkJson.Default.WireError, cancellationToken: context.RequestAborted);
    }

    private async Task ReadBodyAsync(HttpContext context, Memory<byte> body)
    {
        using var stalled = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stalled.Token, context.RequestAborted);
        while (!body.IsEmpty)
        {
            stalled.CancelAfter(StallLimit);
            var read = await context.Request.Body.ReadAsync(body, either.Token);
            BatchFrame.Require(read > 0, "request ended before its body did");
            body = body[read..];
        }
    }

    private async Task AnswerAsync(HttpContext context, Func<IReplica, Task> answer)
    {
        var site = (string)context.Request.RouteValues["site"]!;
        var name = (string)context.Request.RouteValues["replica"]!;
        try
        {
            var replica = _find(site, name) ?? throw new ReplicationException(
                ErrorCodes.ReplicaNotFound,
                $"Site {site} has no replica {name}. Enable replication of the machine to this site first.", isTransient: false);
            await answer(replica);
        }
        catch (ReplicationException error) when (!context.Response.HasStarted)
        {
            await WriteErrorAsync(context, WireError.From(error));
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (Exception error) when (!context.Response.HasStarted && error is IOException or OperationCanceledException)
        {
            context.Abort(); // The peer stalled or broke off; there is nobody to answer.
        }
        catch (System.Text.Json.JsonException) when (!context.Response.HasStarted)
        {
            await WriteErrorAsync(context, WireError.From(BatchFrame.Rejected("session request is not valid JSON")));
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            await WriteErrorAsync(context, new WireError(
                ErrorCodes.TargetFailed, $"The target failed on replica {name} of site {site}: {error.Message}", Transient: true));
        }
    }
}
