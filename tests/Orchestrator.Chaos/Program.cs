using System.Globalization;
using Orchestrator.Chaos;

if (args is ["node", ..])
    return await ChaosNode.RunAsync(NodeArguments.Parse(args));

var isShort = args.Contains("--short");
var plan = new ChaosPlan(
    Value("--entities", 10_000), Value("--rate", 2_000), TimeSpan.FromMinutes(Value("--minutes", isShort ? 0 : 10)),
    TimeSpan.FromSeconds(isShort ? 25 : 60), isShort, args.Contains("--verbose"));
var runs = new Dictionary<string, Func<ChaosPlan, Task<bool>>> { ["faults"] = ChaosRun.RunAsync, ["partitions"] = PartitionRun.RunAsync };
var failed = 0;
var chosen = runs.Where(run => !args.Contains("--only") || args.Contains(run.Key)).ToList();
foreach (var (name, run) in chosen)
{
    Console.WriteLine($"== {name}");
    failed += await run(plan) ? 0 : 1;
}

Console.WriteLine($"{chosen.Count - failed} passed, {failed} failed");
return failed == 0 ? 0 : 1;

int Value(string name, int otherwise) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
