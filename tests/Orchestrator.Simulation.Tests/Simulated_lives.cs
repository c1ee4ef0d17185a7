using System.Text.RegularExpressions;

namespace Orchestrator.Simulation.Tests;

/// <summary>Machines through their protected lives on nodes that fail in every way the plan of a seed draws.</summary>
public sealed partial class Simulated_lives
{
    /// <summary>What must have come about among the seeds, or they test less than they say.</summary>
    private static readonly string[] Sometimes =
    [
        "fault Crash", "fault Takeover", "fault Freeze", "fault JournalCut", "fault JournalCutOneWay", "fault SiteCut", "fault BadNetwork",
        "fault ClockJump", "fault ClockRate", "fault LinkBroken", "fault CaptureLost", "fault SiteSilent", "journal Transient", "journal Full",
        "journal LostBeforeCommit", "journal LostAfterCommit", "journal FenceLoss", "journal Slow", "journal Duplicate", "journal Reordered",
        "site Transient", "site Permanent", "site AnswerLost", "fenced processes", "requests sent again", "repeats recognized",
        "snapshots replayed", "messages lost", "messages doubled", "accepted planned-failover", "accepted unplanned-failover",
        "accepted test-failover", "accepted cleanup", "accepted commit", "accepted cancel", "accepted change-point", "accepted reverse",
        "accepted unprotect", "accepted resume",
    ];

    [Fact]
    public async Task Two_hundred_seeds_hold_every_invariant_and_stay_on_their_loop()
    {
        var (exitCode, output) = await OtherProcess.RunAsync("Orchestrator.Simulation.dll", "--seeds", "200");

        exitCode.Should().Be(0, output);
        var counts = Counts().Matches(output).ToDictionary(line => line.Groups[1].Value.TrimEnd(), line => long.Parse(line.Groups[2].Value));
        foreach (var name in Sometimes)
            counts.GetValueOrDefault(name).Should().BePositive($"{name} is to come about now and then");
    }

    [Fact]
    public async Task The_same_seeds_leave_the_same_trace_in_another_process()
    {
        var here = Campaign.Run(new Options(1, 10, 1));
        var (_, output) = await OtherProcess.RunAsync("Orchestrator.Simulation.dll", "--seeds", "10", "--workers", "2");

        output.Should().Contain($"trace {Campaign.TraceOf(here):x16}");
    }

    [Fact]
    public void Every_seed_is_another_run() =>
        Campaign.Run(new Options(1, 10, 1)).Select(result => result.TraceHash).Should().OnlyHaveUniqueItems();

    /// <summary>A simulation that finds nothing proves nothing: each bug put in on purpose is found by the check that is there for it.</summary>
    [Theory]
    [InlineData(Defect.UnfencedJournal, "S7")]
    [InlineData(Defect.RepeatedEffects, "S8")]
    [InlineData(Defect.DroppedReminders, "L4")]
    [InlineData(Defect.IgnoredFence, "S1")]
    [InlineData(Defect.SwallowedFlush, "S12")]
    public void A_bug_put_in_on_purpose_is_found_within_fifty_seeds(Defect defect, string invariant)
    {
        var found = Enumerable.Range(1, 50).Select(seed => SimulationRun.Execute(seed, defect).Failure?.Invariant).FirstOrDefault(broken => broken == invariant);

        found.Should().Be(invariant);
    }

    [Fact]
    public void A_failure_names_its_seed_and_shows_what_happened_last()
    {
        var failure = Enumerable.Range(1, 50).Select(seed => SimulationRun.Execute(seed, Defect.DroppedReminders).Failure).First(broken => broken is not null)!;

        failure.Message.Should().StartWith($"Seed {failure.Seed} breaks L4");
        failure.Message.Should().Contain("journal", "the end of the timeline tells what was stored");
    }

    [GeneratedRegex(@"^  (\S.*?)\s+(\d+)\r?$", RegexOptions.Multiline)]
    private static partial Regex Counts();
}
