using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Orchestrator.Api;
using Orchestrator.Contracts;

namespace Orchestrator.Hosting.Node;

/// <summary>The API on a Unix socket that only its owner can open.</summary>
internal sealed class ApiSocket : IAsyncDisposable
{
    private readonly WebApplication _application;

    private ApiSocket(WebApplication application) => _application = application;

    public static async Task<ApiSocket> StartAsync(string path, NodeApi api, CancellationToken cancellation)
    {
        path = Path.GetFullPath(path);
        PrepareDirectory(Path.GetDirectoryName(path)!);
        RemoveStale(path);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            kestrel.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var application = builder.Build();
        api.Map(application);
        await application.StartAsync(cancellation);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new ApiSocket(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private static void PrepareDirectory(string directory)
    {
        if (Directory.Exists(directory)) return;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A killed node leaves its socket file; a living one answers on it.</summary>
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            File.Delete(path);
            return;
        }

        throw new NodeException(new ErrorView("ORC1302", $"Another node answers on {path}.", "Stop it, or give this one another node.api-socket.", []));
    }
}
