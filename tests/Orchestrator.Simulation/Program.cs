// Simulates a control cluster under faults, seed by seed: dotnet run -- [--seeds N] [--from S] [--workers W] [--tail LINES]
using System.Diagnostics;
using System.Globalization;
using Orchestrator.Simulation;

var options = Options.Parse(args);
if (options is null)
{
    Console.Error.WriteLine("usage: simulate [--seeds N] [--from S] [--workers W] [--tail LINES]");
    return 2;
}

var watch = Stopwatch.StartNew();
var escaped = ThreadPool.CompletedWorkItemCount;
var results = Campaign.Run(options);
escaped = ThreadPool.CompletedWorkItemCount - escaped;
var counters = new Counters();
foreach (var result in results)
    counters.Add(result.Counters);

foreach (var (name, count) in counters.All)
    Console.WriteLine($"  {name,-32} {count,10}");

var failures = results.Where(result => result.Failure is not null).OrderBy(result => result.Seed).ToList();
foreach (var failed in failures.Take(3))
    Console.WriteLine(failed.Failure!.Message);

foreach (var group in failures.GroupBy(failed => failed.Failure!.Invariant).OrderBy(group => group.Key, StringComparer.Ordinal))
    Console.WriteLine($"{group.Key} is broken by seeds {string.Join(", ", group.Select(failed => failed.Seed))}");

if (escaped > 0)
    Console.WriteLine($"{escaped} work items left the loop for the thread pool: something under simulation is not deterministic.");

Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"simulate: {results.Count} seeds from {options.From}, {failures.Count} failed, {escaped} escaped, {results.Sum(r => r.VirtualTime.TotalHours):0.0} virtual hours, " +
    $"{results.Sum(r => r.Events)} events, {results.Sum(r => r.Steps)} steps, trace {Campaign.TraceOf(results):x16}, {watch.Elapsed.TotalSeconds:0.0} s"));
return failures.Count > 0 || escaped > 0 ? 1 : 0;
