using System.CommandLine;
using System.CommandLine.Invocation;
using Orchestrator.Cli;
using Orchestrator.Cli.Demo;
using Orchestrator.Cli.Verbs;
using Spectre.Console;

// A pipe has no width: a table in it must not break an id into pieces.
if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 300;

var root = new RootCommand("Orchestrator: replicates machines block by block, fails them over and brings them back.")
{
    Common.Node,
};
foreach (var command in Operations.All().Concat(Queries.All()).Append(Up.Make()).Append(DemoCommand.Make()))
{
    root.Add(command);
}

var parsed = root.Parse(args);
var exitCode = await parsed.InvokeAsync();
return parsed.Action is ParseErrorAction ? ExitCodes.Usage : exitCode;
