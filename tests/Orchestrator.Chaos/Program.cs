using System.Globalization;
using Orchestrator.Chaos;

if (args is ["node", ..])
    return await ChaosNode.RunAsync(NodeArguments.Parse(args));

var isShort = args.Contains("--short");
var plan = new ChaosPlan(
    Value("--entities", 10_000), Value("--rate", 2_000), TimeSpan.FromMinutes(Value("--minutes", isShort ? 0 : 10)),
    TimeSpan.FromSeconds(isShort ? 25 : 60), args.Contains("--verbose"));
var exit = await ChaosRun.RunAsync(plan);
Console.WriteLine(exit == 0 ? "1 passed, 0 failed" : "0 passed, 1 failed");
return exit;

int Value(string name, int otherwise) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
