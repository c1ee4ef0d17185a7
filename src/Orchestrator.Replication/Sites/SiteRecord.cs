using System.Text.Json;
using Orchestrator.Replication.Durability;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Sites;

/// <summary>What a site was told about one machine: enough to serve it again after a restart, without being asked.</summary>
internal sealed record SiteRecord
{
    private const string FileName = "site.json";

    /// <summary>The disks served as a source; null while there is none.</summary>
    public IReadOnlyList<string>? SourceDisks { get; init; }

    /// <summary>Whether their changes are captured.</summary>
    public bool IsCaptured { get; init; }

    /// <summary>The last epoch of a source that was quiesced; null while it may write.</summary>
    public EpochMark? FinalMark { get; init; }

    /// <summary>The disks of the replica kept here; null while there is none.</summary>
    public IReadOnlyList<ReplicaDiskRequest>? Replica { get; init; }

    /// <summary>The open test; null while there is none.</summary>
    public Guid? Test { get; init; }

    /// <summary>The highest term a control node has acted under; kept when everything else is gone, or the last owner but one could come back.</summary>
    public ControlTerm? Term { get; init; }

    public static SiteRecord Load(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path)) return new SiteRecord();
        try
        {
            return JsonSerializer.Deserialize<SiteRecord>(File.ReadAllBytes(path)) ?? new SiteRecord();
        }
        catch (JsonException error)
        {
            throw new ReplicationException(ErrorCodes.ReplicaCorrupt,
                $"{path} is damaged: {error.Message} Restore it from a backup, or remove the machine's folder and protect it anew.", false, error);
        }
    }

    public void Save(string directory) => Durable.Replace(Path.Combine(directory, FileName), JsonSerializer.SerializeToUtf8Bytes(this));
}
