using System.Diagnostics;

namespace Orchestrator.EndToEnd.Tests.Nodes;

/// <summary>How a program ended.</summary>
public sealed record Ended(int Code, string Out, string Error)
{
    /// <summary>Everything it said.</summary>
    public string All => Out + Error;
}

/// <summary>Child processes: the orchestrator itself and the tools of other people.</summary>
public static class Programs
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>The program under test.</summary>
    public static string Orchestrator { get; } = Path.Combine(AppContext.BaseDirectory, "orchestrator.dll");

    /// <summary>The runtime that runs this test runs the program as well.</summary>
    public static string Dotnet { get; } = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    public static Process Start(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(Find(program), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["DOTNET_NOLOGO"] = "1";
        info.Environment["COLUMNS"] = "300";
        return Process.Start(info) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    /// <summary>Runs a program to its end; one that does not end in time is killed and fails the test.</summary>
    public static async Task<Ended> RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Patience}: {await output}{await error}");
        }

        return new Ended(process.ExitCode, await output, await error);
    }

    public static async Task<string> SucceedAsync(string program, params string[] arguments)
    {
        var ended = await RunAsync(program, arguments);
        ended.Code.Should().Be(0, "{0} {1} said: {2}", program, string.Join(' ', arguments), ended.All);
        return ended.Out;
    }

    /// <summary>A tool that is missing fails the test: what was not run has shown nothing.</summary>
    private static string Find(string program) => program.StartsWith('/') || program == Dotnet
        ? program
        : $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{program} is missing. Run `dotnet fsi build.fsx test`, which installs what the tests need.");
}
