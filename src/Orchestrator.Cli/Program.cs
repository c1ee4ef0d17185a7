using System.CommandLine;
using Orchestrator.Cli.Demo;
using Orchestrator.Cli.Verbs;

var root = new RootCommand("Orchestrator: replicates machines block by block, fails them over and brings them back.")
{
    Common.Node,
};
foreach (var command in Operations.All().Concat(Queries.All()).Append(Up.Make()).Append(DemoCommand.Make()))
{
    root.Add(command);
}

return await root.Parse(args).InvokeAsync();
