using System.Diagnostics;

namespace Orchestrator.Crash.Journal;

/// <summary>A child of the rig with the lines it printed; never outlives the rig, because it ends with its input.</summary>
public sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly Lock _lock = new();
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _awaited = int.MaxValue;
    private bool _ended;
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

    /// <summary>Completes when the child has printed so many lines in all, or has ended; one wait at a time.</summary>
    public Task LinesAsync(int count)
    {
        lock (_lock)
        {
            _awaited = count;
            _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Signal();
            return _reached.Task;
        }
    }

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
            lock (_lock)
            {
                _lines.Add(line);
                Signal();
            }
        }

        lock (_lock)
        {
            _ended = true;
            Signal();
        }
    }

    private void Signal()
    {
        if (_ended || _lines.Count >= _awaited)
        {
            _reached.TrySetResult();
        }
    }
}
