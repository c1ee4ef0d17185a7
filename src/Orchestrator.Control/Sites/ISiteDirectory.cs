using Orchestrator.Domain;
using Orchestrator.Fabric;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Control.Sites;

/// <summary>The sites a control node knows, by name.</summary>
public interface ISiteDirectory
{
    /// <summary>All sites, ordered by name.</summary>
    IReadOnlyList<Site> All { get; }

    /// <summary>The site, or null.</summary>
    Site? Find(SiteName name);
}

/// <summary>One site: its replication, its fabric and the address its replicas are reached at.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind, such as <c>folder</c>.</param>
/// <param name="Location">Where it is, for people.</param>
/// <param name="Replication">Captures disks and keeps replicas.</param>
/// <param name="Fabric">Starts and stops machines.</param>
/// <param name="ReplicaAddress">The HTTPS address that takes its replicas' batches.</param>
public sealed record Site(
    SiteName Name, string Kind, string Location, IReplicationSite Replication, IFabric Fabric, Uri ReplicaAddress)
{
    /// <summary>The site as it serves whoever acts under the term: the calls that change something are refused under a lower one.</summary>
    public Site Under(ControlTerm term)
    {
        var bound = Replication.Under(term);
        return this with
        {
            Replication = bound,
            Fabric = bound switch
            {
                IFabric carriesTheTerm => carriesTheTerm,
                IMachineTurns turns => new FencedFabric(turns, Fabric),
                _ => Fabric,
            },
        };
    }
}

/// <summary>The sites of a configuration.</summary>
public sealed class SiteDirectory : ISiteDirectory
{
    private readonly Dictionary<string, Site> _sites;

    /// <summary>Takes the sites; names are unique.</summary>
    public SiteDirectory(IEnumerable<Site> sites)
    {
        _sites = sites.ToDictionary(site => site.Name.Value, StringComparer.Ordinal);
        All = [.. _sites.Values.OrderBy(site => site.Name.Value, StringComparer.Ordinal)];
    }

    /// <inheritdoc />
    public IReadOnlyList<Site> All { get; }

    /// <inheritdoc />
    public Site? Find(SiteName name) => _sites.GetValueOrDefault(name.Value);
}
