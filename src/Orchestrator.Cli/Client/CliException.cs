using Orchestrator.Contracts;

namespace Orchestrator.Cli.Client;

/// <summary>Ends a verb with an error a user can act on.</summary>
internal sealed class CliException(int exitCode, ErrorView error, Exception? inner = null) : Exception(error.Message, inner)
{
    public int ExitCode { get; } = exitCode;

    public ErrorView Error { get; } = error;
}
