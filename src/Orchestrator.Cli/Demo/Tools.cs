using System.Diagnostics;
using Orchestrator.Cli.Client;
using Orchestrator.Contracts;

namespace Orchestrator.Cli.Demo;

/// <summary>The programs nobody here wrote: they make the disk, write to it and check it.</summary>
internal static class Tools
{
    private static readonly (string Program, string Package)[] Needed =
    [
        ("qemu-io", "qemu-utils"), ("qemu-img", "qemu-utils"), ("nbdcopy", "libnbd-bin"), ("stdbuf", "coreutils"),
        ("mkfs.ext4", "e2fsprogs"), ("e2fsck", "e2fsprogs"),
    ];

    public static void RequireAll()
    {
        var missing = Needed.Where(tool => Find(tool.Program) is null).ToArray();
        if (missing.Length == 0) return;
        var packages = string.Join(' ', missing.Select(tool => tool.Package).Distinct());
        throw new CliException(ExitCodes.Usage, new ErrorView("ORC1111",
            $"The demo needs {string.Join(", ", missing.Select(tool => tool.Program))}.",
            $"Install with: sudo apt-get install {packages}", []));
    }

    /// <summary>Runs a program to its end and returns what it printed; a wrong exit code is an error that shows it.</summary>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var (code, text) = await TryRunAsync(program, arguments, cancellation);
        return code == 0
            ? text
            : throw new CliException(ExitCodes.Failed, new ErrorView("ORC1112",
                $"{program} {string.Join(' ', arguments)} ended with {code}: {text.Trim()}", null, []));
    }

    public static async Task<(int Code, string Text)> TryRunAsync(
        string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        using var process = Start(program, arguments, redirectInput: false);
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output + await error);
    }

    public static Process Start(string program, IReadOnlyList<string> arguments, bool redirectInput)
    {
        var info = new ProcessStartInfo(Find(program) ?? program)
        {
            RedirectStandardInput = redirectInput,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        return Process.Start(info) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    private static string? Find(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);
}
