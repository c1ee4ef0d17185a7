using System.Diagnostics;

namespace Orchestrator.Crash.Journal;

/// <summary>A child of the rig with the lines it printed; never outlives the rig, because it ends with its input.</summary>
public sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _lines = [];
    private readonly Task _reading;

    private ChildProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Starts this program with a verb, below another program (such as strace) if one is given.</summary>
    public static ChildProcess Start(string[] arguments, params string[] below)
    {
        string[] command = [.. below, "dotnet", typeof(ChildProcess).Assembly.Location, .. arguments];
        return new ChildProcess(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        });
    }

    /// <summary>Completes when the first line is there, or the child has ended without.</summary>
    public Task FirstLine => _ready.Task;

    /// <summary>Kills with SIGKILL.</summary>
    public Task<IReadOnlyList<string>> KillAsync()
    {
        _process.Kill();
        return EndAsync();
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>All lines.</returns>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        await _process.WaitForExitAsync();
        await _reading;
        return _lines;
    }

    /// <summary>Ends the child if it still runs.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _lines.Add(line);
            _ready.TrySetResult();
        }

        _ready.TrySetResult();
    }
}
