using Microsoft.Extensions.Configuration;

namespace Orchestrator.Hocon.Tests.Binding;

public enum DurabilityMode
{
    None,
    CrashConsistent,
    HTTPBased,
}

public sealed class SampleOptions
{
    public string Name { get; set; } = "default";

    public TimeSpan RecoveryPointInterval { get; set; } = TimeSpan.FromMinutes(5);

    public ByteSize CacheSize { get; init; } = ByteSize.FromMebibytes(1);

    public bool Enabled { get; set; }

    public int MaxRetries { get; set; } = 3;

    public byte Small { get; set; }

    public double Ratio { get; set; }

    public DurabilityMode Durability { get; set; }

    public Uri? Endpoint { get; set; }

    public Guid Id { get; set; }

    public System.Net.IPAddress? Address { get; set; }

    public TimeSpan? Timeout { get; set; } = TimeSpan.FromSeconds(1);

    public NestedOptions Nested { get; set; } = new();

    public NestedOptions? Optional { get; set; }

    public IReadOnlyList<string> Hosts { get; set; } = ["localhost"];

    public List<int> Ports { get; set; } = [];

    public NestedOptions[] Disks { get; set; } = [];

    public Dictionary<string, NestedOptions> Machines { get; set; } = [];

    public IReadOnlyDictionary<string, TimeSpan> Delays { get; set; } = new Dictionary<string, TimeSpan>();

    [ConfigurationKeyName("renamed")]
    public string Original { get; set; } = "";

    public string ApiToken { get; set; } = "";

    public int Count { get; private set; } = 7;

    public string Computed => Name + Count;
}

public sealed class NestedOptions
{
    public ByteSize Size { get; set; } = ByteSize.FromKibibytes(4);

    public string? Label { get; set; } = "none";

    public int Weight { get; set; } = 1;
}

public sealed class StrictOptions
{
    public required string Host { get; set; }

    public required int Port { get; init; }
}
