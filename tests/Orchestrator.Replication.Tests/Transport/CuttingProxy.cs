using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Replication.Tests.Transport;

/// <summary>Passes TCP connections on, and resets them after so many bytes towards the server.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _port;
    private long _left = long.MaxValue;
    private int _cuts;

    internal CuttingProxy(int port)
    {
        _port = port;
        _listener.Start();
        _ = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Cuts the connection on which so many more bytes go; once.</summary>
    internal void CutAfter(long bytes) => Interlocked.Exchange(ref _left, bytes);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                _ = ServeAsync(client);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(IPAddress.Loopback, _port);
        var up = PumpAsync(client, server, count: true);
        var down = PumpAsync(server, client, count: false);
        await Task.WhenAny(up, down);
        client.Close(0);
        server.Close(0);
        await Task.WhenAll(up, down);
    }

    private async Task PumpAsync(Socket from, Socket to, bool count)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                if (count && Interlocked.Add(ref _left, -read) < 0)
                {
                    Interlocked.Exchange(ref _left, long.MaxValue);
                    Interlocked.Increment(ref _cuts);
                    from.LingerState = new LingerOption(true, 0);
                    to.LingerState = new LingerOption(true, 0);
                    return;
                }

                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The other direction ended.
        }
    }
}
