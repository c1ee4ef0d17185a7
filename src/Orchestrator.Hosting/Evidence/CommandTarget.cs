using System.ComponentModel;
using System.Diagnostics;
using Orchestrator.Journal.Sql.Evidence;

namespace Orchestrator.Hosting.Evidence;

/// <summary>A program that gets each checkpoint as a line on its standard input and exits with 0 once it is safe.</summary>
/// <remarks>Its arguments are a list; no shell takes part. A checkpoint may come twice: after a crash nobody knows whether it came.</remarks>
internal sealed class CommandTarget(IReadOnlyList<string> command, TimeProvider time) : ICheckpointTarget
{
    private const int ShownError = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Name => $"command {string.Join(' ', command)}";

    public async Task PublishAsync(StoredCheckpoint checkpoint, string publicKeys, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var process = Start();
            try
            {
                await FeedAsync(process, PublishedForm.Write(checkpoint.Seal), checkpoint.Number, either.Token);
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw TargetErrors.Failed(Name, checkpoint.Number, $"it did not end within {Patience.TotalSeconds:0} s.", error);
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            throw TargetErrors.Failed(Name, checkpoint.Number, error.Message, error);
        }
    }

    // A program need not read all it is given; whether it is content, its exit code tells.
    private static async Task WriteAsync(StreamWriter input, string line, CancellationToken cancellation)
    {
        try
        {
            await input.WriteAsync((line + "\n").AsMemory(), cancellation);
            input.Close();
        }
        catch (IOException)
        {
        }
    }

    private Process Start() => Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    }) ?? throw new IOException("it could not be started.");

    private async Task FeedAsync(Process process, string line, long number, CancellationToken cancellation)
    {
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        await WriteAsync(process.StandardInput, line, cancellation);
        await process.WaitForExitAsync(cancellation);
        await output;
        var said = (await error).Trim();
        if (process.ExitCode != 0)
        {
            throw TargetErrors.Failed(Name, number,
                $"it ended with {process.ExitCode}{(said.Length == 0 ? "." : $": {said[..Math.Min(said.Length, ShownError)]}")}");
        }
    }
}
