using System.Net;
using System.Security.Cryptography.X509Certificates;
using Orchestrator.Cluster.Bus;
using Orchestrator.Cluster.Bus.Http;
using Orchestrator.MessagePack;

namespace Orchestrator.Cluster.Tests.Bus;

/// <summary>A peer with a good certificate that writes whatever bytes it likes.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly HttpMessageInvoker _client;
    private readonly DuplexContent _content = new();
    private readonly HttpRequestMessage _request;
    private HttpResponseMessage? _response;

    internal RawPeer(int port, X509Certificate2 certificate, Action<HttpRequestMessage>? change = null, PeerIdentity? self = null)
    {
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            SslOptions = new() { ClientCertificates = [certificate], RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == "CN=b" },
            UseProxy = false,
        });
        _request = new HttpRequestMessage(HttpMethod.Post, $"https://127.0.0.1:{port}{PeerHandshake.Path}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = _content,
        };
        var identity = self ?? new PeerIdentity("raw", new Guid(1, 2, 3, new byte[8]), "berlin", "berlin-1", "1.0.0");
        PeerHandshake.Write(identity, new BusOptions(), (name, value) => _request.Headers.TryAddWithoutValidation(name, value));
        change?.Invoke(_request);
    }

    internal async Task<HttpResponseMessage> OpenAsync() => _response = await _client.SendAsync(_request, CancellationToken.None);

    internal async Task WriteAsync(params byte[] bytes)
    {
        var stream = await _content.Stream;
        await stream.WriteAsync(bytes);
        await stream.FlushAsync();
    }

    internal async Task WriteAsync(BusFrame frame)
    {
        using var buffer = new MessagePackBuffer();
        FrameAssembler.Append(buffer, frame);
        await WriteAsync(buffer.ToArray());
    }

    internal void EndWriting() => _content.Complete();

    /// <summary>Reads all frames until the server ends the answer.</summary>
    internal async Task<List<BusFrame>> ReadToEndAsync()
    {
        var frames = new List<BusFrame>();
        using var assembler = new FrameAssembler(1 << 20);
        await using var stream = await _response!.Content.ReadAsStreamAsync();
        var buffer = new byte[4096];
        int count;
        while ((count = await stream.ReadAsync(buffer)) > 0) assembler.Feed(buffer.AsSpan(0, count), frames.Add);
        return frames;
    }

    public void Dispose()
    {
        _content.Complete();
        _response?.Dispose();
        _request.Dispose();
        _client.Dispose();
    }
}
