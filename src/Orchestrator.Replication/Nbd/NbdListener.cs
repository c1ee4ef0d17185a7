using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Replication.Nbd;

/// <summary>Opens the sockets clients connect to.</summary>
internal static class NbdListener
{
    private const int Backlog = 64;

    public static Socket Tcp(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        return Listen(socket, endPoint, endPoint.ToString(), static () => { });
    }

    public static Socket Unix(string path)
    {
        var endPoint = new UnixDomainSocketEndPoint(path);
        if (File.Exists(path) && !IsAlive(endPoint))
        {
            File.Delete(path); // Left behind by a process that died.
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        return Listen(socket, endPoint, path, () =>
        {
            // Before listening, so that nobody can connect earlier.
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        });
    }

    private static Socket Listen(Socket socket, EndPoint endPoint, string address, Action bound)
    {
        try
        {
            socket.Bind(endPoint);
            bound();
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            var taken = error.SocketErrorCode is SocketError.AddressAlreadyInUse;
            throw new ReplicationException(
                ErrorCodes.AddressInUse,
                taken
                    ? $"The address {address} is taken: stop the program that listens there or choose another."
                    : $"Listening on {address} failed: {error.Message}. Choose another address.",
                isTransient: taken, error);
        }
    }

    private static bool IsAlive(UnixDomainSocketEndPoint endPoint)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endPoint);
            return true;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode is not SocketError.ConnectionRefused;
        }
    }
}
