// A hosting service embeds the orchestrator: one generic host, one call, one protected disk, its events as they are journaled.
// Run: dotnet run --project samples/EmbeddedHost [disk-image]
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Contracts;
using Orchestrator.Hosting;
using Orchestrator.Hosting.Configuration;

const int PointsToWaitFor = 3;
const string Machine = "embedded";

var work = Directory.CreateTempSubdirectory("embedded-host-").FullName;
var disk = args.Length > 0 ? Path.GetFullPath(args[0]) : MakeDisk(Path.Combine(work, "disk.img"));

var builder = Host.CreateApplicationBuilder();
builder.Services.AddOrchestrator(options =>
{
    options.Node.DataDirectory = Path.Combine(work, "node");
    options.Node.ApiSocket = Path.Combine(work, "node.sock");
    options.Node.Listen = "127.0.0.1:0";
    options.Sites["here"] = new SiteOptions { Directory = Path.Combine(work, "here") };
    options.Sites["there"] = new SiteOptions { Directory = Path.Combine(work, "there") };
});
using var host = builder.Build();
await host.StartAsync();
var node = host.Services.GetRequiredService<OrchestratorNode>();
var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

await node.Operations.ProtectAsync(
    new ProtectRequest(Guid.NewGuid(), Machine, "S0", "here", "there", [disk], PointInterval: null), "sample", stopping);

var next = 1L;
while (!stopping.IsCancellationRequested)
{
    foreach (var entry in await node.History.EntriesAsync(Machine, next, 100, stopping))
    {
        Console.WriteLine($"{entry.At:HH:mm:ss.fff}  {entry.Type,-42} {entry.Text}");
        next = entry.Sequence + 1;
    }

    var look = await node.Control.LookAsync(Machine, stopping);
    if (look?.Replica is { Points.Count: >= PointsToWaitFor }) break;
    if (look?.Source?.Exports is [var export, ..]) await WriteSomethingAsync(export.Uri, next);
    await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stopping);
}

await host.StopAsync();
Directory.Delete(work, recursive: true);
Console.WriteLine($"{PointsToWaitFor} recovery points are there: done.");

static string MakeDisk(string path)
{
    using var file = File.Create(path);
    file.SetLength(64 << 20);
    return path;
}

// The machine's writer: any NBD client will do, qemu-io is used where it is installed.
static async Task WriteSomethingAsync(string uri, long number)
{
    try
    {
        using var client = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("qemu-io", ["-f", "raw", "-c", $"write -q -P {number % 255} {number * 65536} 65536", uri]));
        if (client is not null) await client.WaitForExitAsync();
    }
    catch (System.ComponentModel.Win32Exception)
    {
        // Without qemu-io the disk stays as it is; its recovery points come all the same, only less often.
    }
}
