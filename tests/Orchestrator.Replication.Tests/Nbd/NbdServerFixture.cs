using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Nbd;

namespace Orchestrator.Replication.Tests.Nbd;

/// <summary>A served disk of one mebibyte per test.</summary>
public abstract class NbdServerFixture : IAsyncLifetime
{
    protected const int Size = 1 << 20;
    protected const int MaxConnections = 20;
    private readonly string _directory = Directory.CreateTempSubdirectory("nbd-").FullName;

    protected NbdServerFixture()
    {
        var image = Path.Combine(_directory, "disk.raw");
        using (var file = File.Create(image))
        {
            file.SetLength(Size);
        }

        Device = new SwitchableDevice(FileDisk.Open(image));
        SocketPath = Path.Combine(_directory, "s");
        Server = new NbdServer(new NbdServerOptions { UnixSocketPath = SocketPath, MaxConnections = MaxConnections, HandshakeTimeout = TimeSpan.FromSeconds(2) });
        Server.AddExport(new NbdExport("disk", "a disk", Device));
    }

    protected SwitchableDevice Device { get; }

    protected NbdServer Server { get; }

    protected string SocketPath { get; }

    private protected RawNbdClient Connect(bool greet = true) => new(SocketPath, greet);

    /// <summary>Waits until one more client is admitted: those that hung up keep their place until the server has noticed.</summary>
    protected void WaitForRoom() => SpinWait.SpinUntil(() => Server.ConnectionCount < MaxConnections, TimeSpan.FromSeconds(20)).Should().BeTrue();

    public ValueTask InitializeAsync()
    {
        Server.Start();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Device.Dispose();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }
}
