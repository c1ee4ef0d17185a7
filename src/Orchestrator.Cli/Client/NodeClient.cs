using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Orchestrator.Contracts;

namespace Orchestrator.Cli.Client;

/// <summary>Talks to a node over its Unix socket, or over HTTPS where the address is a URL.</summary>
internal sealed class NodeClient : IDisposable
{
    private const string EventField = "event: ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly HttpClient _http;
    private readonly string _address;

    public NodeClient(string address)
    {
        _address = address;
        _http = address.StartsWith("https://", StringComparison.Ordinal)
            ? new HttpClient { BaseAddress = new Uri(address) }
            : new HttpClient(OverSocket(address)) { BaseAddress = new Uri("http://node") };
        _http.Timeout = Patience;
    }

    public Task<T> GetAsync<T>(string route, CancellationToken cancellation) =>
        CallAsync<T>(() => _http.GetAsync(new Uri(route, UriKind.Relative), cancellation), cancellation);

    public Task<T> PostAsync<T>(string route, object body, CancellationToken cancellation) =>
        CallAsync<T>(() => _http.PostAsync(
            new Uri(route, UriKind.Relative), JsonContent.Create(body, body.GetType(), options: Wire.Json), cancellation), cancellation);

    /// <summary>Listens to what changes: a value when listening has begun and one for each event, until the node ends it.</summary>
    public async IAsyncEnumerable<string> ListenAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var line in GetLinesAsync(Routes.Events, cancellation))
        {
            if (line.StartsWith(':')) yield return "";
            if (line.StartsWith(EventField, StringComparison.Ordinal)) yield return line[EventField.Length..];
        }
    }

    /// <summary>The lines of a streamed answer, as they come.</summary>
    public async IAsyncEnumerable<string> GetLinesAsync(string route, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await CallAsync(
            () => _http.GetAsync(new Uri(route, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation), cancellation);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line) yield return line;
    }

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler OverSocket(string path) => new()
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    private async Task<T> CallAsync<T>(Func<Task<HttpResponseMessage>> call, CancellationToken cancellation)
    {
        try
        {
            using var response = await CallAsync(call, cancellation);
            return await response.Content.ReadFromJsonAsync<T>(Wire.Json, cancellation)
                ?? throw Unreadable("it answered with nothing", null);
        }
        catch (JsonException error)
        {
            throw Unreadable("its answer is not of this version's form", error);
        }
    }

    private async Task<HttpResponseMessage> CallAsync(Func<Task<HttpResponseMessage>> call, CancellationToken cancellation)
    {
        HttpResponseMessage response;
        try
        {
            response = await call();
        }
        catch (HttpRequestException error)
        {
            throw Unreachable(error);
        }

        if (response.IsSuccessStatusCode) return response;
        using (response) throw await RefusalAsync(response, cancellation);
    }

    private CliException Unreachable(HttpRequestException error) => new(ExitCodes.NodeUnreachable, new ErrorView("ORC1101",
        $"No node answers at {_address}: {error.GetBaseException().Message}.",
        "Start one with 'orchestrator up --config FILE', or name another with --node.", []), error);

    private static async Task<CliException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        ErrorView? error = null;
        if (response.Content.Headers.ContentType?.MediaType == "application/json")
        {
            error = await response.Content.ReadFromJsonAsync<ErrorView>(Wire.Json, cancellation);
        }

        error ??= new ErrorView("ORC1103", $"The node answered {(int)response.StatusCode} {response.ReasonPhrase}.", null, []);
        return new CliException((int)response.StatusCode < 500 ? ExitCodes.Refused : ExitCodes.Failed, error);
    }

    private CliException Unreadable(string why, Exception? inner) => new(ExitCodes.Failed, new ErrorView("ORC1102",
        $"The node at {_address} cannot be understood: {why}.", "Use a command line and a node of the same version.", []), inner);
}
