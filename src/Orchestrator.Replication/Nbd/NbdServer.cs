using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Orchestrator.Replication.Nbd;

/// <summary>Serves disks over the network block device protocol: what a hypervisor or the kernel of a protected machine attaches to.</summary>
/// <remarks>
/// Fixed newstyle, structured replies, the context <c>base:allocation</c>; TLS comes later, therefore only loopback and Unix sockets.
/// A flush on any connection covers the writes answered on every other one of the same export. Thread-safe.
/// </remarks>
public sealed class NbdServer : IAsyncDisposable
{
    private readonly NbdServerOptions _options;
    private readonly ILogger _logger;
    private readonly Exports _exports = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Connection> _connections = [];
    private readonly List<Socket> _listeners = [];
    private volatile bool _stopping;

    /// <summary>Prepares a server; it listens after <see cref="Start"/>.</summary>
    /// <exception cref="ArgumentException">No address, or one that is not loopback.</exception>
    public NbdServer(NbdServerOptions options, ILogger<NbdServer>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.UnixSocketPath is null && options.TcpEndPoint is null)
        {
            throw new ArgumentException("A Unix socket path or a TCP address is needed.", nameof(options));
        }

        if (options.TcpEndPoint is { } tcp && !IPAddress.IsLoopback(tcp.Address))
        {
            throw new ArgumentException($"{tcp} is not a loopback address, and the protocol is in the clear: use 127.0.0.1 or a Unix socket.", nameof(options));
        }

        _options = options;
        _logger = logger ?? (ILogger)NullLogger.Instance;
    }

    /// <summary>The TCP address in use after <see cref="Start"/>, with the port that was chosen; null without TCP.</summary>
    public IPEndPoint? TcpEndPoint { get; private set; }

    /// <summary>How many clients are connected.</summary>
    public int ConnectionCount
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>Begins to offer a disk.</summary>
    /// <exception cref="ArgumentException">The name is taken or longer than 4096 bytes.</exception>
    public void AddExport(NbdExport export)
    {
        ArgumentNullException.ThrowIfNull(export);
        if (Encoding.UTF8.GetByteCount(export.Name) > NbdWire.MaxString || Encoding.UTF8.GetByteCount(export.Description) > NbdWire.MaxString)
        {
            throw new ArgumentException($"A name or description has at most {NbdWire.MaxString} bytes.", nameof(export));
        }

        if (!_exports.TryAdd(export))
        {
            throw new ArgumentException($"An export named \"{export.Name}\" exists.", nameof(export));
        }
    }

    /// <summary>Stops offering a disk and closes its connections; when this returns no call is inside the device.</summary>
    /// <returns>False when there is no such export.</returns>
    public bool RemoveExport(string name)
    {
        if (!_exports.TryRemove(name, out var export))
        {
            return false;
        }

        Task[] ended;
        lock (_lock)
        {
            ended = [.. _connections.Where(connection => connection.Export == export).Select(Hangup)];
        }

        Task.WaitAll(ended);
        return true;
    }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.AddressInUse"/>.</exception>
    public void Start()
    {
        try
        {
            if (_options.UnixSocketPath is { } path)
            {
                _listeners.Add(NbdListener.Unix(path));
            }

            if (_options.TcpEndPoint is { } endPoint)
            {
                _listeners.Add(NbdListener.Tcp(endPoint));
                TcpEndPoint = (IPEndPoint)_listeners[^1].LocalEndPoint!;
            }
        }
        catch
        {
            _listeners.ForEach(listener => listener.Dispose());
            _listeners.Clear();
            throw;
        }

        foreach (var listener in _listeners)
        {
            new Thread(() => Accept(listener)) { IsBackground = true, Name = "nbd accept" }.Start();
        }
    }

    /// <summary>Stops listening, answers requests still coming in with ESHUTDOWN, hangs up and waits for the calls in flight.</summary>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        Task[] ended;
        lock (_lock)
        {
            _stopping = true;
            ended = [.. _connections.Select(Hangup)];
        }

        _listeners.ForEach(listener => listener.Dispose());
        if (_options.UnixSocketPath is { } path && _listeners.Count > 0)
        {
            File.Delete(path);
        }

        _listeners.Clear();
        await Task.WhenAll(ended).WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private static Task Hangup(Connection connection)
    {
        try
        {
            connection.Socket.Shutdown(SocketShutdown.Both); // Wakes the thread that waits in it.
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It hung up first.
        }

        return connection.Ended.Task;
    }

    private void Accept(Socket listener)
    {
        while (!_stopping)
        {
            try
            {
                Admit(listener.Accept());
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                if (_stopping || error is ObjectDisposedException)
                {
                    return;
                }

                _logger.LogWarning(error, "Accepting a connection failed.");
                Thread.Yield();
            }
        }
    }

    private void Admit(Socket socket)
    {
        var connection = new Connection(socket);
        lock (_lock)
        {
            if (_stopping || _connections.Count >= _options.MaxConnections)
            {
                socket.Dispose();
                return;
            }

            _connections.Add(connection);
        }

        new Thread(() => Serve(connection)) { IsBackground = true, Name = "nbd client" }.Start();
    }

    private void Serve(Connection connection)
    {
        try
        {
            Talk(connection);
        }
        catch (Exception error) when (error is SocketException or EndOfStreamException or ObjectDisposedException)
        {
            _logger.LogDebug(error, "A client went away.");
        }
        catch (InvalidDataException error)
        {
            _logger.LogWarning(error, "A client broke the protocol and was disconnected.");
        }
        catch (Exception error)
        {
            // A bug, or a device that broke its contract: it may cost this client, never the process that serves the others.
            _logger.LogError(error, "Serving a client failed.");
        }
        finally
        {
            connection.Socket.Dispose();
            lock (_lock)
            {
                _connections.Remove(connection);
            }

            connection.Ended.SetResult();
        }
    }

    private void Talk(Connection connection)
    {
        var socket = connection.Socket;
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }

        socket.ReceiveTimeout = socket.SendTimeout = (int)_options.HandshakeTimeout.TotalMilliseconds;
        if (new NbdHandshake(socket, _exports).Run() is not { } session || !TryBind(connection, session.Export))
        {
            return;
        }

        socket.ReceiveTimeout = socket.SendTimeout = 0;
        new NbdTransmission(socket, session, () => _stopping).Run();
    }

    /// <summary>Ties the connection to its export, unless that was removed meanwhile: the order with <see cref="RemoveExport"/> is decided here.</summary>
    private bool TryBind(Connection connection, NbdExport export)
    {
        lock (_lock)
        {
            connection.Export = export;
            return !_stopping && ReferenceEquals(_exports.Find(export.Name), export);
        }
    }

    private sealed class Connection(Socket socket)
    {
        public Socket Socket { get; } = socket;

        public NbdExport? Export { get; set; }

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Exports : IReadOnlyNbdExports
    {
        private readonly Lock _lock = new();
        private readonly SortedDictionary<string, NbdExport> _byName = new(StringComparer.Ordinal);

        public NbdExport? Find(string name)
        {
            lock (_lock)
            {
                return _byName.GetValueOrDefault(name);
            }
        }

        public IReadOnlyList<NbdExport> All()
        {
            lock (_lock)
            {
                return [.. _byName.Values];
            }
        }

        public bool TryAdd(NbdExport export)
        {
            lock (_lock)
            {
                return _byName.TryAdd(export.Name, export);
            }
        }

        public bool TryRemove(string name, out NbdExport? export)
        {
            lock (_lock)
            {
                return _byName.Remove(name, out export);
            }
        }
    }
}
