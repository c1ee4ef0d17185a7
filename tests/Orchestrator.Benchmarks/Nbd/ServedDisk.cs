using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Benchmarks.Nbd;

/// <summary>A running NBD server on a Unix socket.</summary>
internal sealed class ServedDisk : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private readonly string _name;
    private readonly Process _process;
    private readonly bool _endsWithInput;

    private ServedDisk(string name, Process process, string socket, bool endsWithInput)
    {
        (_name, _process, _endsWithInput) = (name, process, endsWithInput);
        Uri = $"nbd+unix:///?socket={socket}";
    }

    public string Uri { get; }

    public static Task<ServedDisk> NbdkitAsync(string socket, string disk) => StartAsync(
        "nbdkit", Tool.Start("nbdkit", "-f", "--exit-with-parent", "-U", socket, "file", disk), socket, false);

    public static Task<ServedDisk> QemuNbdAsync(string socket, string disk) => StartAsync(
        "qemu-nbd", Tool.Start("qemu-nbd", "-t", "-f", "raw", "-k", socket, disk), socket, false);

    public static Task<ServedDisk> OursAsync(string socket, string disk, string log, bool capture) => StartAsync(
        "ours", Tool.Start("dotnet", typeof(ServedDisk).Assembly.Location,
            "serve", "--capture", capture ? "on" : "off", "--socket", socket, "--disk", disk, "--log", log), socket, true);

    /// <summary>Stops the server; one that had ended by itself, or that tells of an error, makes the figures void.</summary>
    public async ValueTask DisposeAsync()
    {
        var died = _process.HasExited;
        if (!died && _endsWithInput)
        {
            _process.StandardInput.Close();
        }
        else if (!died)
        {
            await Tool.RunAsync("sh", "-c", string.Create(CultureInfo.InvariantCulture, $"kill -TERM {_process.Id}"));
        }

        await _process.WaitForExitAsync();
        var isBad = died || (_endsWithInput && _process.ExitCode != 0);
        var message = isBad ? await _process.StandardError.ReadToEndAsync() : "";
        var code = _process.ExitCode;
        _process.Dispose();
        if (isBad)
        {
            throw new BenchException($"the server of {_name} ended with {code}: {message.Trim()}");
        }
    }

    private static async Task<ServedDisk> StartAsync(string name, Process process, string socket, bool endsWithInput)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!File.Exists(socket))
        {
            if (process.HasExited || TimeProvider.System.GetElapsedTime(start) > StartLimit)
            {
                process.Kill();
                throw new BenchException($"the server of {name} did not start: {(await process.StandardError.ReadToEndAsync()).Trim()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return new ServedDisk(name, process, socket, endsWithInput);
    }
}
