using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Nbd;

namespace Orchestrator.Replication.Tests.Nbd;

/// <summary>A served disk of one mebibyte per test.</summary>
public abstract class NbdServerFixture : IAsyncLifetime
{
    protected const int Size = 1 << 20;
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
        Server = new NbdServer(new NbdServerOptions { UnixSocketPath = SocketPath, MaxConnections = 20, HandshakeTimeout = TimeSpan.FromSeconds(2) });
        Server.AddExport(new NbdExport("disk", "a disk", Device));
    }

    protected SwitchableDevice Device { get; }

    protected NbdServer Server { get; }

    protected string SocketPath { get; }

    private protected RawNbdClient Connect(bool greet = true) => new(SocketPath, greet);

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
