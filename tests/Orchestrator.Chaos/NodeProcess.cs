using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Orchestrator.Chaos;

/// <summary>A node process seen from outside: its signals and what it has acknowledged.</summary>
internal sealed partial class NodeProcess
{
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private readonly Process _process;
    private readonly Acknowledgements _acknowledgements;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _errors = new();

    private NodeProcess(string name, Process process, Acknowledgements acknowledgements)
    {
        (Name, _process, _acknowledgements) = (name, process, acknowledgements);
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Name { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a node and waits until it serves.</summary>
    /// <param name="arguments">What it is told.</param>
    /// <param name="acknowledgements">Collects what it says.</param>
    /// <param name="wrapper">A command to run it under, such as <c>ip netns exec NAME</c>.</param>
    public static async Task<NodeProcess> StartAsync(NodeArguments arguments, Acknowledgements acknowledgements, params string[] wrapper)
    {
        string[] command = [.. wrapper, Environment.ProcessPath!, .. arguments.ToArray()];
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            command = [.. wrapper, Environment.ProcessPath!, typeof(NodeProcess).Assembly.Location, .. arguments.ToArray()];

        var info = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var node = new NodeProcess(arguments.Name, Process.Start(info)!, acknowledgements);
        var exited = node._process.WaitForExitAsync();
        if (await Task.WhenAny(node._ready.Task, exited, Task.Delay(TimeSpan.FromSeconds(90), TimeProvider.System)) != node._ready.Task)
            throw new InvalidOperationException($"Node {arguments.Name} did not start: {string.Join(Environment.NewLine, node._errors)}");

        return node;
    }

    public async Task KillAsync()
    {
        Signal(SigKill);
        await _process.WaitForExitAsync();
    }

    public void Freeze() => Signal(SigStop);

    public void Thaw() => Signal(SigCont);

    /// <summary>Stops the node in order.</summary>
    public async Task StopAsync()
    {
        Signal(SigTerm);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            throw new InvalidOperationException($"Node {Name} did not stop within 60 s.");
        }
    }

    private void Signal(int signal)
    {
        if (!_process.HasExited && Kill(_process.Id, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} to node {Name} failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private void Read(string? line)
    {
        if (line is null)
            return;

        if (line == "ready")
            _ready.TrySetResult();
        else if (line.StartsWith("a ", StringComparison.Ordinal) && line.Split(' ') is [_, var entity, var operation, var milliseconds])
            _acknowledgements.Add(entity, operation, int.Parse(milliseconds, CultureInfo.InvariantCulture));
        else if (line.StartsWith("u ", StringComparison.Ordinal))
            _acknowledgements.AddUnanswered(line);
        else
            _acknowledgements.Say(Name, line);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
