using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Transport;

/// <summary>The link to a replica on another node: HTTP/1.1 over mutual TLS, a connection per batch on its way.</summary>
/// <remarks>HTTP/2 would put all batches on one connection and measured half as fast.</remarks>
public sealed class HttpReplicaLink : IReplicaLink, IDisposable
{
    private readonly HttpClient _client;
    private readonly string _base;
    private readonly string _target;
    private readonly ReplicaLinkOptions _options;

    /// <summary>Creates the link; nothing is connected until the first call.</summary>
    public HttpReplicaLink(ReplicaLinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _target = $"{options.Host}:{options.Port}";
        _base = $"v1/sites/{Uri.EscapeDataString(options.Site)}/replicas/{Uri.EscapeDataString(options.Replica)}/";
        _client = new HttpClient(CreateHandler(options))
        {
            BaseAddress = new UriBuilder("https", options.Host, options.Port).Uri,
            Timeout = Timeout.InfiniteTimeSpan, // Each request has its own limit, on the given clock.
            DefaultRequestVersion = HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <inheritdoc/>
    public Task<ReplicaCursor> OpenSessionAsync(SessionRequest request, CancellationToken cancellation) => CallAsync(
        HttpMethod.Post, "session", JsonContent.Create(request, LinkJson.Default.SessionRequest), ReadCursorAsync, cancellation);

    /// <inheritdoc/>
    public Task<ReplicaCursor> SendAsync(long number, ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        var content = new ReadOnlyMemoryContent(frame);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return CallAsync(
            HttpMethod.Put, string.Create(CultureInfo.InvariantCulture, $"batches/{number}"), content, ReadCursorAsync, cancellation);
    }

    /// <inheritdoc/>
    public Task<ReplicaCursor> GetCursorAsync(CancellationToken cancellation) =>
        CallAsync(HttpMethod.Get, "cursor", null, ReadCursorAsync, cancellation);

    /// <inheritdoc/>
    public Task HashBlocksAsync(
        int disk, long firstBlock, ReadOnlyMemory<byte> key, Memory<byte> hashes, CancellationToken cancellation)
    {
        var path = string.Create(
            CultureInfo.InvariantCulture, $"hashes?disk={disk}&first={firstBlock}&count={hashes.Length / BlockHash.Length}");
        return CallAsync(HttpMethod.Post, path, new ReadOnlyMemoryContent(key), async (response, ending) =>
        {
            using var body = await response.Content.ReadAsStreamAsync(ending);
            await body.ReadExactlyAsync(hashes, ending);
            return true;
        }, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static SocketsHttpHandler CreateHandler(ReplicaLinkOptions options) => new()
    {
        SslOptions = options.Identity.ForClient(options.PeerSite),
        MaxConnectionsPerServer = options.Connections,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
    };

    private async Task<T> CallAsync<T>(
        HttpMethod method, string path, HttpContent? content,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(_options.RequestTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var request = new HttpRequestMessage(method, _base + path) { Content = content };
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await RequireSuccessAsync(response, either.Token);
            return await read(response, either.Token);
        }
        catch (OperationCanceledException cause) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw Unreachable($"did not answer within {_options.RequestTimeout.TotalSeconds:0} s", cause);
        }
        catch (OperationCanceledException cause) when (!cancellation.IsCancellationRequested)
        {
            throw Unreachable("could not be connected in time", cause);
        }
        catch (Exception cause) when (cause is HttpRequestException or IOException)
        {
            throw LinkErrors.IsAuthentication(cause) ? Refused(cause) : Unreachable($"cannot be reached ({LinkErrors.Root(cause)})", cause);
        }
    }

    private static Task<ReplicaCursor> ReadCursorAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        ReadJsonAsync(response, LinkJson.Default.ReplicaCursor, cancellation);

    private static async Task<T> ReadJsonAsync<T>(
        HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellation) ?? throw new JsonException("null");
        }
        catch (JsonException cause)
        {
            throw new ReplicationException(
                ErrorCodes.TargetFailed,
                $"The target answered {(int)response.StatusCode} with something else than a replication target does. Check address and port.",
                isTransient: (int)response.StatusCode >= 500, cause);
        }
    }

    private static async Task RequireSuccessAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw (await ReadJsonAsync(response, LinkJson.Default.WireError, cancellation)).ToException();
        }
    }

    private ReplicationException Unreachable(string what, Exception cause) => new(
        ErrorCodes.TargetUnreachable,
        $"The target {_target} {what}. Changes stay in the change log meanwhile. Check that the node runs, its address, and the network; "
        + "a node that runs but ends every connection at once may refuse this node's certificate: check both clocks.",
        isTransient: true, cause);

    private ReplicationException Refused(Exception cause) => new(
        ErrorCodes.AuthenticationFailed,
        $"The target {_target} and this node do not accept each other's certificates ({LinkErrors.Root(cause)}). "
        + "Both must hold certificates of the same authority, and the target must be the site named in the configuration.",
        isTransient: false, cause);
}
