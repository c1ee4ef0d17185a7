using System.CommandLine;
using System.Text.Json;
using Orchestrator.Cli.Client;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;

namespace Orchestrator.Cli.Demo;

/// <summary><c>orchestrator demo</c>: the whole life of a protected disk, on this machine, in under three minutes.</summary>
internal static class DemoCommand
{
    public static Command Make()
    {
        var disk = new Option<string?>("--disk") { Description = "Protect a copy of this disk image instead of a fresh ext4 one; it is only read." };
        var report = new Option<string?>("--json") { Description = "Write the figures to this file." };
        var directory = new Option<string?>("--directory") { Description = "Work in this folder and keep it; a temporary one unless given." };
        var command = new Command("demo", "Protects a real disk under real writes, fails it over and back, and proves that nothing is lost.")
        {
            disk, report, directory,
        };
        command.SetAction((parsed, cancellation) =>
            RunAsync(parsed.GetValue(disk), parsed.GetValue(report), parsed.GetValue(directory), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string? disk, string? report, string? directory, CancellationToken cancellation)
    {
        var keep = directory is not null;
        var work = directory is null ? Directory.CreateTempSubdirectory("orchestrator-demo-").FullName : Path.GetFullPath(directory);
        try
        {
            Tools.RequireAll();
            if (disk is not null && !File.Exists(disk))
            {
                throw new CliException(ExitCodes.Usage, new ErrorView("ORC1113", $"There is no disk image {disk}.", "Check --disk.", []));
            }

            Directory.CreateDirectory(work);
            await using var run = new DemoRun(work, disk, TimeProvider.System);
            var figures = await run.ExecuteAsync(cancellation);
            if (report is not null) await File.WriteAllTextAsync(report, JsonSerializer.Serialize(figures, Wire.Indented) + "\n", cancellation);
            return ExitCodes.Done;
        }
        catch (CliException error)
        {
            Show.Error(error.Error, json: false);
            return error.ExitCode;
        }
        catch (InvalidDataException error)
        {
            Show.Error(new ErrorView("ORC1114", error.Message, $"The disks are kept in {work} for analysis.", []), json: false);
            keep = true;
            return ExitCodes.Failed;
        }
        finally
        {
            if (!keep) Directory.Delete(work, recursive: true);
        }
    }
}
