using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Cluster.Tests.Bus;

/// <summary>Passes TCP connections on, and breaks or silences them when told to.</summary>
internal sealed class CuttableProxy : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _clients = [];
    private volatile bool _isSilent;

    internal CuttableProxy()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    internal int Port { get; }

    /// <summary>Where connections lead; they are refused while 0.</summary>
    internal int Target { get; set; }

    internal void Break()
    {
        lock (_gate)
        {
            foreach (var client in _clients) client.Client?.Close(0);
            _clients.Clear();
        }
    }

    internal void Silence() => _isSilent = true;

    public void Dispose()
    {
        _listener.Stop();
        Break();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = PassAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed.
        }
    }

    private async Task PassAsync(TcpClient near)
    {
        using var far = new TcpClient { NoDelay = true };
        try
        {
            near.NoDelay = true;
            if (Target == 0) throw new IOException("Nobody listens.");
            await far.ConnectAsync(IPAddress.Loopback, Target);
            lock (_gate) _clients.AddRange([near, far]);
            var there = CopyAsync(near.GetStream(), far.GetStream());
            await CopyAsync(far.GetStream(), near.GetStream());
            near.Close();
            far.Close();
            await there;
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            near.Client?.Close(0);
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[65536];
        int count;
        while ((count = await from.ReadAsync(buffer)) > 0)
        {
            if (!_isSilent) await to.WriteAsync(buffer.AsMemory(0, count));
        }

        to.Socket.Shutdown(SocketShutdown.Send);
    }
}
