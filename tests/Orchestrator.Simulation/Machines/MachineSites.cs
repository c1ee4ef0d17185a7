using Orchestrator.Control.Sites;
using Orchestrator.Control.Tests.Sites;
using Orchestrator.Domain;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation.Machines;

/// <summary>The two sites, each with a part for every machine; they outlive every node.</summary>
internal sealed class MachineSites
{
    public const string Berlin = "berlin";
    public const string Hamburg = "hamburg";
    private readonly SimulatedWorld _world;
    private readonly Dictionary<string, World> _machines = new(StringComparer.Ordinal);

    public MachineSites(SimulatedWorld world, IEnumerable<string> machines)
    {
        _world = world;
        foreach (var machine in machines)
            _machines.Add(machine, new World(world.Time));
    }

    public static IReadOnlyList<string> Names { get; } = [Berlin, Hamburg];

    /// <summary>A bug of the sites, on purpose.</summary>
    public Defect Defect { get; init; }

    /// <summary>Sees what was done at a site, in order.</summary>
    public Action<SiteEffect> OnEffect { get; set; } = _ => { };

    public IEnumerable<World> All => _machines.Values;

    public World Of(string machine) => _machines[machine];

    /// <summary>The sites as one node reaches them.</summary>
    public ISiteDirectory DirectoryFor(WorldNode node) => new SiteDirectory(Names.Select(name =>
    {
        var link = new SiteLink(this, _world, node, name);
        return new Site(new SiteName(name), "folder", name, link, link, new Uri($"https://{name}:9443"));
    }));
}

/// <summary>Something done at a site.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Site">The site.</param>
/// <param name="Node">The node that asked for it.</param>
/// <param name="Call">What was asked.</param>
/// <param name="Operation">The operation; empty for calls that carry none.</param>
/// <param name="Activation">The activation number it claims a right by; null for calls that carry none.</param>
/// <param name="Changed">Whether it changed the site, other than a repeat would.</param>
internal sealed record SiteEffect(
    string Machine, string Site, string Node, string Call, Guid Operation, long? Activation, bool Changed)
{
    /// <summary>The recovery point it is about.</summary>
    public Guid? Point { get; init; }
}
