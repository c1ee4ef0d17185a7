using System.Text;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Replication;
using Orchestrator.Replication.Durability;

namespace Orchestrator.Hosting.Evidence;

/// <summary>A file that gets one line per checkpoint.</summary>
internal sealed class FileTarget(string path) : ICheckpointTarget
{
    private const int TailLength = 4 << 20; // More than two of the longest lines.

    public string Name => $"file {path}";

    public Task PublishAsync(StoredCheckpoint checkpoint, string publicKeys, CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            if (LastLine(file) is { } last && Read(last, checkpoint.Number) is { } published && Number(published) >= checkpoint.Number)
            {
                return Number(published) == checkpoint.Number && published.HasBodyOf(checkpoint.Seal)
                    ? Task.CompletedTask
                    : throw TargetErrors.Differs(Name, checkpoint.Number);
            }

            file.Write(Encoding.UTF8.GetBytes(PublishedForm.Write(checkpoint.Seal) + "\n"));
            file.Flush();
            Durable.Flush(file.SafeFileHandle, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ReplicationException)
        {
            throw TargetErrors.Failed(Name, checkpoint.Number, error.Message, error);
        }

        return Task.CompletedTask;
    }

    // Leaves the file at the end of its last whole line; a part of a line is what a crash left, and is written over.
    private static string? LastLine(FileStream file)
    {
        file.Seek(-Math.Min(TailLength, file.Length), SeekOrigin.End);
        var start = file.Position;
        var tail = new byte[file.Length - start];
        file.ReadExactly(tail);
        var end = Array.LastIndexOf(tail, (byte)'\n');
        file.SetLength(start + end + 1);
        file.Seek(0, SeekOrigin.End);
        if (end < 0)
        {
            return null;
        }

        var begin = end == 0 ? 0 : Array.LastIndexOf(tail, (byte)'\n', end - 1) + 1;
        return Encoding.UTF8.GetString(tail, begin, end - begin);
    }

    private SignedCheckpoint Read(string line, long number) => PublishedForm.TryRead(line)
        ?? throw TargetErrors.Failed(Name, number, "its last line is no checkpoint. Name another file.");

    private static long Number(SignedCheckpoint published) => CheckpointFormat.TryDecode(published.Body)!.Number;
}
