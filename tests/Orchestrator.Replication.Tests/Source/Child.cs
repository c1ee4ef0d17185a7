using System.Diagnostics;

namespace Orchestrator.Replication.Tests.Source;

/// <summary>A second process running one explicit test of this assembly, to be killed or to have its system calls fail.</summary>
internal sealed class Child : IDisposable
{
    /// <summary>The lab's directory, and where the child writes what it was promised.</summary>
    public const string LabVariable = "CAPTURE_CHILD_LAB";

    private readonly Process _process;

    /// <param name="method">The explicit test.</param>
    /// <param name="lab">The directory both work in.</param>
    /// <param name="wrapper">A program and its arguments to run the child under.</param>
    public Child(string method, string lab, params string[] wrapper)
    {
        string[] command = [.. wrapper, "dotnet", typeof(Child).Assembly.Location, "-explicit", "only", "-method", $"*{method}", "-noLogo"];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[LabVariable] = lab;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Output += line.Data + "\n";
        _process.BeginOutputReadLine();
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
    }

    public string Output { get; private set; } = "";

    public bool HasExited => _process.HasExited;

    public static string Promises(string lab) => Path.Combine(lab, "promises");

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void WaitForExit() => _process.WaitForExit(60_000).Should().BeTrue(Output);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
