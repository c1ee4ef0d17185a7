using System.Diagnostics;
using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Nbd;
using Orchestrator.Replication.Source;

namespace Orchestrator.EndToEnd.Tests.Nbd;

/// <summary>An image file served over a Unix socket, and the tools of other people to look at it.</summary>
public sealed class NbdLab : IAsyncDisposable
{
    private readonly NbdServer _server;
    private readonly IDisposable _owner;

    public NbdLab(long length, string name = "disk", bool capture = false)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("nbd-lab-").FullName;
        ImagePath = Path.Combine(Directory, "disk.raw");
        using (var image = File.Create(ImagePath))
        {
            image.SetLength(length);
        }

        IBlockDevice device;
        if (capture)
        {
            Machine = CapturedMachine.Open(new CaptureOptions
            {
                LogDirectory = PathOf("log"), Disks = [ImagePath], Ids = Guid.NewGuid, SegmentBytes = 8 << 20,
            });
            (_owner, device) = (Machine, Machine.Disks[0]);
        }
        else
        {
            device = FileDisk.Open(ImagePath);
            _owner = device;
        }

        SocketPath = Path.Combine(Directory, "nbd.sock");
        _server = new NbdServer(new NbdServerOptions { UnixSocketPath = SocketPath });
        _server.AddExport(new NbdExport(name, "the disk under test", device));
        _server.Start();
        Uri = $"nbd+unix:///{name}?socket={SocketPath}";
    }

    public string Directory { get; }

    public string ImagePath { get; }

    public string SocketPath { get; }

    public string Uri { get; }

    /// <summary>The machine when capture was asked for.</summary>
    public CapturedMachine? Machine { get; }

    public string PathOf(string file) => Path.Combine(Directory, file);

    /// <summary>Runs a tool to its end; skips the test when it is not installed.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string tool, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists($"/usr/bin/{tool}"), $"needs {tool}");
        var start = new ProcessStartInfo($"/usr/bin/{tool}", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    public static async Task<string> SucceedAsync(string tool, params string[] arguments)
    {
        var (exitCode, output) = await RunAsync(tool, arguments);
        exitCode.Should().Be(0, $"{tool} {string.Join(' ', arguments)} said: {output}");
        return output;
    }

    public string WriteRandomFile(string name, int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        bytes.AsSpan(length / 4, length / 4).Clear(); // A hole for tools that look for one.
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _owner.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
