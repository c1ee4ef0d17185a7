using System.Net;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Orchestrator.Hocon;

namespace Orchestrator.Hosting.Configuration;

/// <summary>Reads a node's options: the built-in defaults, then a file, then single settings, all in one HOCON tree.</summary>
public static class NodeConfiguration
{
    /// <summary>The section that holds a node's keys.</summary>
    public const string Section = "orchestrator";

    /// <summary>The text of <c>hocon/reference.conf</c>, built into this library.</summary>
    public static string Reference
    {
        get
        {
            using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("reference.conf")
                ?? throw new InvalidOperationException("reference.conf is not built into the library.");
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Loads the options.</summary>
    /// <param name="files">Files laid over the defaults, the last winning.</param>
    /// <param name="overrides">Settings of the form <c>a.b.c=value</c>, which win over the files.</param>
    /// <exception cref="HoconException">Everything that is wrong, each with its file and line.</exception>
    public static OrchestratorOptions Load(IEnumerable<string> files, IEnumerable<string> overrides)
    {
        var configuration = new ConfigurationBuilder().AddHocon(Reference, files, overrides).Build();
        var options = HoconBinder.Bind<OrchestratorOptions>(configuration, Section);
        Check(options, configuration);
        return options;
    }

    private static void Check(OrchestratorOptions options, IConfiguration configuration)
    {
        List<HoconProblem> problems = [];
        Require(IPEndPoint.TryParse(options.Node.Listen, out _), "node:listen",
            $"'{options.Node.Listen}' is no address with a port", "Write it as 127.0.0.1:9443.");
        Require(options.Journal.Shards is >= 1 and <= 4096, "journal:shards", $"{options.Journal.Shards} shards are not possible", "Choose 1 to 4096.");
        Require(options.Replication.Connections is >= 1 and <= 4, "replication:connections",
            $"{options.Replication.Connections} connections are not possible", "Choose 1 to 4.");
        Require(options.Replication.RecoveryPointInterval >= TimeSpan.FromSeconds(5) && options.Replication.RecoveryPointInterval <= TimeSpan.FromHours(1),
            "replication:recovery-point-interval", $"{options.Replication.RecoveryPointInterval} is out of range", "Choose 5s to 1h.");
        Require(options.Replication.ChangeLogLimit.Bytes >= 4 * options.Replication.ChangeLogSegment.Bytes, "replication:change-log-limit",
            "the change log has room for less than four segments", "Raise change-log-limit or lower change-log-segment.");
        Require(options.Replication.RetentionPoints >= 1, "replication:retention-points",
            $"{options.Replication.RetentionPoints} recovery points are not possible", "Choose at least 1.");
        var checkpoint = options.Journal.Checkpoint;
        Require(checkpoint.Every >= TimeSpan.FromSeconds(1) && checkpoint.Every <= TimeSpan.FromHours(1), "journal:checkpoint:every",
            $"{checkpoint.Every} is out of range", "Choose 1s to 1h.");
        Require(checkpoint.Events >= 1, "journal:checkpoint:events", $"{checkpoint.Events} events are not possible", "Choose at least 1.");
        foreach (var target in checkpoint.Publish)
        {
            var isCommand = target.Kind == PublishKind.Command;
            Require(target.Command.Count > 0 == isCommand && target.Path.Length > 0 != isCommand, "journal:checkpoint:publish",
                "a target is a directory or a file with a path, or a command with a program and its arguments", "Set the one its kind needs.");
        }

        CheckCluster(options, Require);
        foreach (var (name, site) in options.Sites)
        {
            Require(site.Kind == "folder", $"sites:{name}:kind", $"there is no site kind '{site.Kind}'", "Use folder.");
            Require(site.Directory.Length > 0 != site.Address.Length > 0, $"sites:{name}",
                "a site has either a directory (on this node) or an address (on another)", "Set one of the two.");
            Require(site.Address.Length == 0 || (Uri.TryCreate(site.Address, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps),
                $"sites:{name}:address", $"'{site.Address}' is no HTTPS address", "Write it as https://host:9443.");
            Require(Domain.SiteName.TryCreate(name, out _), $"sites:{name}", $"'{name}' is no site name", "Use 1 to 63 characters out of a-z, 0-9 and '-'.");
        }

        if (problems.Count > 0) throw new HoconException(problems);

        void Require(bool holds, string key, string what, string advice)
        {
            if (holds) return;
            var origin = configuration.GetOrigin($"{Section}:{key}") ?? HoconOrigin.None;
            problems.Add(new HoconProblem("ORC1301", origin, $"{key.Replace(':', '.')}: {what}.", advice));
        }
    }

    private static void CheckCluster(OrchestratorOptions options, Action<bool, string, string, string> require)
    {
        var cluster = options.Cluster;
        require(options.Journal.Provider != JournalProvider.Postgresql || options.Journal.ConnectionString.Length > 0, "journal:connection-string",
            "a journal in PostgreSQL needs to know where", "Set it, for instance from the environment: ${?ORCHESTRATOR_DATABASE}.");
        if (!cluster.Enabled) return;
        require(options.Node.Control, "node:control",
            "a node without machines' actors takes no part in a cluster", "Set it to true, or cluster.enabled to false.");
        require(options.Journal.Provider == JournalProvider.Postgresql, "journal:provider", "nodes of a cluster cannot share a SQLite file", "Use postgresql.");
        require(cluster.Name.Length is >= 1 and <= 63 && cluster.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.'), "cluster:name",
            $"'{cluster.Name}' is no node name", "Use 1 to 63 letters, digits, dots and hyphens; each node has its own.");
        require(cluster.Zone.Length is >= 1 and <= 64, "cluster:zone", "a zone has 1 to 64 characters", "Use the name of the node's site.");
        require(IPEndPoint.TryParse(cluster.Listen, out _), "cluster:listen", $"'{cluster.Listen}' is no address with a port", "Write it as 10.0.0.5:9444.");
        require(cluster.Lease >= TimeSpan.FromSeconds(6) && cluster.Lease <= TimeSpan.FromMinutes(5), "cluster:lease",
            $"{cluster.Lease} is out of range", "Choose 6s to 5m.");
        require(cluster.Grace >= TimeSpan.FromSeconds(1) && cluster.Grace <= TimeSpan.FromMinutes(1), "cluster:grace",
            $"{cluster.Grace} is out of range", "Choose 1s to 1m.");
    }
}
