using System.Diagnostics;

namespace Orchestrator.Benchmarks;

/// <summary>Programs of others: the peers and what drives them.</summary>
internal static class Tool
{
    /// <summary>Refuses to begin while a tool is missing.</summary>
    public static void RequireAll(IEnumerable<string> names)
    {
        var missing = names.Distinct().Where(name => Find(name) is null).ToList();
        if (missing.Count > 0)
        {
            throw new BenchException($"missing: {string.Join(", ", missing)}. Run `dotnet fsi build.fsx bench`, which installs them, or install them by hand.");
        }
    }

    /// <summary>Runs a tool to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="BenchException">It failed.</exception>
    public static async Task<string> RunAsync(string name, params string[] arguments)
    {
        using var process = Start(name, arguments);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new BenchException(
            $"`{name} {string.Join(' ', arguments)}` ended with {process.ExitCode}: {(await errors).Trim()}");
    }

    /// <summary>Starts a tool with its standard streams redirected.</summary>
    public static Process Start(string name, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Find(name) ?? name, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;

    private static string? Find(string name) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':')
            .Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
}
