using System.CommandLine;
using Orchestrator.Cli.Client;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;

namespace Orchestrator.Cli.Verbs;

/// <summary>The options every verb has, and the frame every verb runs in.</summary>
internal static class Common
{
    public static readonly Option<string> Node = new("--node")
    {
        Description = "The node's Unix socket or HTTPS address.",
        Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(NodeAddress.Variable) ?? NodeAddress.Default,
    };

    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print JSON instead of tables.",
    };

    public static readonly Option<bool> NoWait = new("--no-wait")
    {
        Description = "Return as soon as the operation is accepted, without following its job.",
    };

    public static Argument<string> Machine() => new("machine") { Description = "The protected machine's name." };

    /// <summary>Runs a verb's body with a client; errors become a coded message and the documented exit code.</summary>
    public static void Run(this Command command, Func<NodeClient, ParseResult, CancellationToken, Task<int>> body)
    {
        command.Add(Json);
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                using var node = new NodeClient(parsed.GetValue(Node)!);
                return await body(node, parsed, cancellation);
            }
            catch (CliException error)
            {
                Show.Error(error.Error, parsed.GetValue(Json));
                return error.ExitCode;
            }
            catch (OperationCanceledException)
            {
                return ExitCodes.Interrupted;
            }
        });
    }

    /// <summary>Prints a value as JSON or by the given table.</summary>
    public static int Print<T>(this ParseResult parsed, T value, Action<T> table)
    {
        if (parsed.GetValue(Json)) Show.Json(value);
        else table(value);
        return ExitCodes.Done;
    }
}
