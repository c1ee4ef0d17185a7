namespace Orchestrator.Replication.Durability;

/// <summary>Tells one boot of the host from the next.</summary>
internal static class HostBoot
{
    private const string LinuxPath = "/proc/sys/kernel/random/boot_id";

    /// <summary>The id of this boot; empty where the host does not tell, which counts as a different boot each time.</summary>
    public static Guid Id { get; } = File.Exists(LinuxPath) && Guid.TryParse(File.ReadAllText(LinuxPath), out var id) ? id : Guid.Empty;
}
