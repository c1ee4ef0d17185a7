using Orchestrator.Crash.Journal;
using Orchestrator.Crash.Replication;

// A rig is a verb: its folder has the code, this table the name.
var verbs = new SortedDictionary<string, Func<string[], Task<int>>>(StringComparer.Ordinal)
{
    ["all"] = AllAsync,
    ["journal"] = JournalKillLoop.RunAsync,
    ["journal-bench"] = JournalBench.RunAsync,
    ["journal-child"] = JournalChild.RunAsync,
    ["replication"] = arguments => Task.FromResult(ReplicationCrash.Run(arguments)),
};

if (args is [var verb, .. var rest] && verbs.TryGetValue(verb, out var run))
{
    return await run(rest);
}

await Console.Error.WriteLineAsync($"Usage: Orchestrator.Crash <{string.Join('|', verbs.Keys)}> ...");
return 2;

// Both kill loops with the same arguments; 200 kills each unless --kills says otherwise.
static async Task<int> AllAsync(string[] arguments)
{
    string[] given = arguments.Contains("--kills") ? arguments : [.. arguments, "--kills", "200"];
    var replication = ReplicationCrash.Run(given);
    var journal = await JournalKillLoop.RunAsync(given);
    var failed = (replication == 0 ? 0 : 1) + (journal == 0 ? 0 : 1);
    Console.WriteLine($"{2 - failed} passed, {failed} failed");
    return failed == 0 ? 0 : 1;
}
