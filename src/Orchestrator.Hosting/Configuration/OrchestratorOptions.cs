using Orchestrator.Hocon;

namespace Orchestrator.Hosting.Configuration;

/// <summary>Everything a node can be told; the keys, units and defaults stand in <c>hocon/reference.conf</c>.</summary>
public sealed class OrchestratorOptions
{
    /// <summary>The node itself.</summary>
    public NodeOptions Node { get; set; } = new();

    /// <summary>The journal.</summary>
    public JournalOptions Journal { get; set; } = new();

    /// <summary>The cluster of control nodes.</summary>
    public ClusterSettings Cluster { get; set; } = new();

    /// <summary>The actor kernel.</summary>
    public ActorOptions Actors { get; set; } = new();

    /// <summary>Replication, on both sides.</summary>
    public ReplicationOptions Replication { get; set; } = new();

    /// <summary>The sites, by name.</summary>
    public Dictionary<string, SiteOptions> Sites { get; set; } = [];
}

/// <summary>The node itself.</summary>
public sealed class NodeOptions
{
    /// <summary>Holds the journal, the certificates and whatever has no folder of its own.</summary>
    public string DataDirectory { get; set; } = "orchestrator-data";

    /// <summary>The Unix socket of the API, readable by its owner alone; empty takes the user's default.</summary>
    public string ApiSocket { get; set; } = "";

    /// <summary>Where the node takes replication and site traffic, over mutual TLS.</summary>
    public string Listen { get; set; } = "127.0.0.1:9443";

    /// <summary>The folder of certificates; empty takes <c>certificates</c> below the data directory. Nodes that share its CA trust each other.</summary>
    public string CertificateDirectory { get; set; } = "";

    /// <summary>Whether this node holds the machines' actors; a node without them serves its sites to one that does.</summary>
    public bool Control { get; set; } = true;
}

/// <summary>The journal.</summary>
public sealed class JournalOptions
{
    /// <summary>The database that holds it.</summary>
    public JournalProvider Provider { get; set; } = JournalProvider.Sqlite;

    /// <summary>How to connect to PostgreSQL, in Npgsql's words: <c>Host=...;Database=...;Username=...;Password=...</c>.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>The SQLite file; empty takes <c>journal.db</c> below the data directory.</summary>
    public string Path { get; set; } = "";

    /// <summary>How many shards a new journal gets; fixed for its life.</summary>
    public int Shards { get; set; } = 16;

    /// <summary>The signed checkpoints that prove what the journal was.</summary>
    public CheckpointOptions Checkpoint { get; set; } = new();
}

/// <summary>The databases a journal can be in.</summary>
public enum JournalProvider
{
    /// <summary>One file, for one node.</summary>
    Sqlite = 1,

    /// <summary>A PostgreSQL database, for one node or a cluster.</summary>
    Postgresql = 2,
}

/// <summary>The signed checkpoints of the journal.</summary>
public sealed class CheckpointOptions
{
    /// <summary>The longest time new events stay without a checkpoint.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many new events make a checkpoint at once.</summary>
    public int Events { get; set; } = 10_000;

    /// <summary>The private key in PEM, made at first use; empty takes <c>checkpoint-key.pem</c> below the data directory.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>Where each checkpoint goes outside the journal.</summary>
    public List<PublishOptions> Publish { get; set; } = [];
}

/// <summary>A place outside the journal that gets each checkpoint.</summary>
public sealed class PublishOptions
{
    /// <summary>What it is.</summary>
    public PublishKind Kind { get; set; } = PublishKind.Directory;

    /// <summary>The directory or the file.</summary>
    public string Path { get; set; } = "";

    /// <summary>The program and its arguments; no shell takes part.</summary>
    public List<string> Command { get; set; } = [];
}

/// <summary>The kinds of places for checkpoints.</summary>
public enum PublishKind
{
    /// <summary>A file per checkpoint.</summary>
    Directory = 1,

    /// <summary>A line per checkpoint.</summary>
    File = 2,

    /// <summary>A program that takes each checkpoint on its standard input.</summary>
    Command = 3,
}

/// <summary>The actor kernel.</summary>
public sealed class ActorOptions
{
    /// <summary>How long a command waits for its answer.</summary>
    public TimeSpan AskTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an idle actor stays in memory.</summary>
    public TimeSpan PassivateAfter { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How often the sites are looked at for each machine.</summary>
    public TimeSpan MonitorInterval { get; set; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>Replication, on both sides.</summary>
public sealed class ReplicationOptions
{
    /// <summary>The time between two recovery points unless a machine says otherwise.</summary>
    public TimeSpan RecoveryPointInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The size of one change-log file.</summary>
    public ByteSize ChangeLogSegment { get; set; } = new(16L << 20);

    /// <summary>The most a disk's change log may hold before a resync is needed.</summary>
    public ByteSize ChangeLogLimit { get; set; } = new(4L << 30);

    /// <summary>How many connections a machine's changes travel over.</summary>
    public int Connections { get; set; } = 2;

    /// <summary>How many bytes may be on their way per machine: what bounds the memory.</summary>
    public ByteSize Credit { get; set; } = new(32L << 20);

    /// <summary>The most bytes per second a machine may send; 0 is no limit.</summary>
    public ByteSize BandwidthLimit { get; set; } = new(0);

    /// <summary>Recovery points older than this go, but never the last.</summary>
    public TimeSpan RetentionAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The most recovery points kept per machine.</summary>
    public int RetentionPoints { get; set; } = 720;

    /// <summary>Whether a marked resync starts by itself.</summary>
    public bool AutomaticResync { get; set; } = true;
}

/// <summary>A site.</summary>
public sealed class SiteOptions
{
    /// <summary>Its kind: <c>folder</c>.</summary>
    public string Kind { get; set; } = "folder";

    /// <summary>Its folder on this node; empty when another node has it.</summary>
    public string Directory { get; set; } = "";

    /// <summary>The HTTPS address of the node that has it; empty when this node has it.</summary>
    public string Address { get; set; } = "";
}
