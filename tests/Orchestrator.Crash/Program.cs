using Orchestrator.Crash.Journal;

// A rig is a verb: its folder has the code, this table the name.
var verbs = new SortedDictionary<string, Func<string[], Task<int>>>(StringComparer.Ordinal)
{
    ["journal"] = JournalKillLoop.RunAsync,
    ["journal-bench"] = JournalBench.RunAsync,
    ["journal-child"] = JournalChild.RunAsync,
};

if (args is [var verb, .. var rest] && verbs.TryGetValue(verb, out var run))
{
    return await run(rest);
}

await Console.Error.WriteLineAsync($"Usage: Orchestrator.Crash <{string.Join('|', verbs.Keys)}> ...");
return 2;
