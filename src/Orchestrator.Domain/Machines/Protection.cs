namespace Orchestrator.Domain.Machines;

/// <summary>What is protected, where, and which site is the active one.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Scenario">The scenario, by id; see <see cref="Domain.Scenario.Of"/>.</param>
/// <param name="Primary">Where the machine ran when its protection was enabled.</param>
/// <param name="Recovery">Where it can fail over to.</param>
/// <param name="Disks">Its disks.</param>
/// <param name="PointInterval">The time between two recovery points.</param>
/// <param name="Direction">Which way it replicates, or would: the active site is where that way begins.</param>
/// <param name="Activation">The fencing number under which the active site is active: each activation of a site has the
/// next one, and everything that still acts under a lower one is refused.</param>
public sealed record Protection(
    MachineId Machine,
    ScenarioId Scenario,
    SiteName Primary,
    SiteName Recovery,
    DiskList Disks,
    TimeSpan PointInterval,
    Direction Direction,
    long Activation)
{
    /// <summary>The site the machine runs at.</summary>
    public SiteName ActiveSite => Direction == Direction.Forward ? Primary : Recovery;

    /// <summary>The other site.</summary>
    public SiteName StandbySite => Direction == Direction.Forward ? Recovery : Primary;

    /// <summary>The same with the other site active under a new fencing number.</summary>
    internal Protection ActivatedAtStandby(long activation) => this with
    {
        Direction = Direction == Direction.Forward ? Direction.Reverse : Direction.Forward,
        Activation = activation,
    };
}
