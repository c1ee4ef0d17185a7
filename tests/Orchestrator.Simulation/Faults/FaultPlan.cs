using Orchestrator.TestKit;

namespace Orchestrator.Simulation.Faults;

/// <summary>Which faults a seed has, and how often: every seed draws its own, so that rare mixtures come about.</summary>
/// <remarks>Most seeds leave most classes out: a fault that is always there hides what goes wrong without it.</remarks>
internal sealed record FaultPlan
{
    public required int Nodes { get; init; }

    public required int Machines { get; init; }

    public required int Operations { get; init; }

    /// <summary>The mean time between two faults.</summary>
    public required TimeSpan Every { get; init; }

    /// <summary>The classes of this seed, by weight.</summary>
    public required IReadOnlyList<(FaultClass Class, int Weight)> Classes { get; init; }

    /// <summary>The share of messages that get lost, while the network is bad.</summary>
    public required double DropRate { get; init; }

    public required double DuplicateRate { get; init; }

    /// <summary>The share of calls to a site that go wrong.</summary>
    public required double SiteTroubleRate { get; init; }

    /// <summary>Whether a process that lost its shards goes on all the same, until the faults are over: nothing it does may count.</summary>
    public required bool FencedLiveOn { get; init; }

    public static FaultPlan Draw(SeededRandom random)
    {
        var classes = new List<(FaultClass, int)>();
        foreach (var fault in Enum.GetValues<FaultClass>())
        {
            if (random.Next(3) != 0)
                classes.Add((fault, random.Next(1, 6)));
        }

        if (classes.Count == 0)
            classes.Add((FaultClass.Crash, 1));

        return new FaultPlan
        {
            Nodes = random.Next(2, 4),
            Machines = random.Next(1, 4),
            Operations = random.Next(10, 60),
            Every = TimeSpan.FromSeconds(random.Next(2, 25)),
            Classes = classes,
            DropRate = random.NextDouble() * 0.2,
            DuplicateRate = random.NextDouble() * 0.2,
            FencedLiveOn = random.Next(3) == 0,
            SiteTroubleRate = random.Next(2) == 0 ? 0 : random.NextDouble() * 0.1,
        };
    }
}

/// <summary>What can go wrong.</summary>
internal enum FaultClass
{
    Crash = 1,
    Takeover = 2,
    Freeze = 3,
    JournalCut = 4,
    JournalCutOneWay = 5,
    SiteCut = 6,
    BadNetwork = 7,
    ClockJump = 8,
    ClockRate = 9,
    JournalFault = 10,
    LinkBroken = 11,
    CaptureLost = 12,
    SiteSilent = 13,
}
