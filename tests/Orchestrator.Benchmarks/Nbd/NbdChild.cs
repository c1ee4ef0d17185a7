using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Nbd;
using Orchestrator.Replication.Source;

namespace Orchestrator.Benchmarks.Nbd;

/// <summary>Our server, in a process of its own as the peers are; ends with its input.</summary>
/// <remarks><c>serve --capture on|off --socket PATH --disk PATH --log DIRECTORY</c>.</remarks>
internal static class NbdChild
{
    private static readonly TimeSpan ReleaseInterval = TimeSpan.FromMilliseconds(20);

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ["--capture", var capture, "--socket", var socket, "--disk", var disk, "--log", var log])
        {
            await Console.Error.WriteLineAsync("Usage: serve --capture on|off --socket PATH --disk PATH --log DIRECTORY");
            return 2;
        }

        if (capture == "off")
        {
            using var file = FileDisk.Open(disk);
            await ServeAsync(file, socket);
            return 0;
        }

        using var machine = CapturedMachine.Open(new CaptureOptions
        {
            LogDirectory = log, Disks = [disk], Ids = Guid.NewGuid, MaxBytes = 2L << 30,
        });
        return await ServeCapturedAsync(machine, socket);
    }

    private static async Task<int> ServeCapturedAsync(CapturedMachine machine, string socket)
    {
        using var stop = new CancellationTokenSource();
        var releasing = ReleaseAsync(machine, stop.Token);
        await ServeAsync(machine.Disks[0], socket);
        await stop.CancelAsync();
        await releasing;
        if (machine.Loss is not { } loss)
        {
            return 0;
        }

        await Console.Error.WriteLineAsync($"{loss.Code}: {loss.Message}"); // A full log is no longer written: the figures would be false.
        return 3;
    }

    private static async Task ServeAsync(IBlockDevice device, string socket)
    {
        await using var server = new NbdServer(new NbdServerOptions { UnixSocketPath = socket });
        server.AddExport(new NbdExport("", "benchmark", device));
        server.Start();
        await Task.Run(Console.In.ReadToEnd); // Its async form blocks the caller.
    }

    /// <summary>Does what acknowledgements of a target that keeps up would do.</summary>
    private static async Task ReleaseAsync(CapturedMachine machine, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(ReleaseInterval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                machine.Release(machine.LastSequence);
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }
}
