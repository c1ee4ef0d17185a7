using System.Globalization;
using System.Text;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Replication;
using Orchestrator.Replication.Durability;

namespace Orchestrator.Hosting.Evidence;

/// <summary>A directory, best on another disk or a share: one file per checkpoint, and the public keys.</summary>
internal sealed class DirectoryTarget(string directory) : ICheckpointTarget
{
    /// <summary>The file of the public keys in the directory.</summary>
    public const string KeyFile = "checkpoint-key.pub.pem";

    /// <summary>The files of the checkpoints; their names sort by number.</summary>
    public const string Pattern = "checkpoint-*.json";

    public string Name => $"directory {directory}";

    public Task PublishAsync(StoredCheckpoint checkpoint, string publicKeys, CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(directory);
            WriteKeys(publicKeys);
            var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"checkpoint-{checkpoint.Number:D12}.json"));
            if (!File.Exists(path))
            {
                Durable.Replace(path, Encoding.UTF8.GetBytes(PublishedForm.Write(checkpoint.Seal) + "\n"));
            }
            else if (PublishedForm.TryRead(File.ReadAllText(path))?.HasBodyOf(checkpoint.Seal) != true)
            {
                throw TargetErrors.Differs(Name, checkpoint.Number);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ReplicationException)
        {
            throw TargetErrors.Failed(Name, checkpoint.Number, error.Message, error);
        }

        return Task.CompletedTask;
    }

    private void WriteKeys(string publicKeys)
    {
        var path = Path.Combine(directory, KeyFile);
        if (!File.Exists(path) || File.ReadAllText(path) != publicKeys)
        {
            Durable.Replace(path, Encoding.ASCII.GetBytes(publicKeys));
        }
    }
}
