using System.Text.Json;

namespace Orchestrator.Fabric.Folder;

/// <summary>A site without a hypervisor: a machine "runs" when its disks are exported, and a record in a folder says so.</summary>
/// <remarks>
/// One JSON file per machine and kind holds what runs and the highest activation ever started. The file is replaced by a rename,
/// so a crash leaves the old or the new record, never half of one. Whoever uses the disks attaches to the NBD URIs in it.
/// </remarks>
public sealed class FolderFabric : IFabric
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly string _directory;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();

    /// <summary>Opens the fabric over a folder, which is created when missing.</summary>
    public FolderFabric(string directory, TimeProvider time)
    {
        _directory = directory;
        _time = time;
        Directory.CreateDirectory(directory);
    }

    /// <inheritdoc />
    public ValueTask<MachineInstance> StartAsync(StartRequest request, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var record = Read(request.Machine, request.Kind);
            if (request.Activation < record.HighestActivation)
            {
                throw new FabricException(FabricException.Fenced,
                    $"Machine {request.Machine} was started or stopped under activation {record.HighestActivation}; activation {request.Activation} " +
                    "may not start it any more. Look at the machine's status at the other site.", isTransient: false);
            }

            if (record.Running is { } running && running.OperationId == request.OperationId)
            {
                return ValueTask.FromResult(running);
            }

            var started = new MachineInstance(request.Machine, request.Kind, request.Activation, request.OperationId,
                _time.GetUtcNow(), request.Disks);
            Write(request.Machine, request.Kind, new FolderRecord(request.Activation, started));
            return ValueTask.FromResult(started);
        }
    }

    /// <inheritdoc />
    public ValueTask StopAsync(StopRequest request, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var record = Read(request.Machine, request.Kind);
            if (record.Running is { } running && running.Activation > request.Activation)
            {
                throw new FabricException(FabricException.Fenced,
                    $"Machine {request.Machine} runs under activation {running.Activation}; a request of activation {request.Activation} " +
                    "may not stop it any more. Look at the machine's status.", isTransient: false);
            }

            var stopped = record.Running?.OperationId == request.OperationId
                ? record
                : new FolderRecord(Math.Max(record.HighestActivation, request.Activation), null);
            if (stopped != record) Write(request.Machine, request.Kind, stopped);

            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc />
    public ValueTask<MachineInstance?> FindAsync(string machine, InstanceKind kind, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(Read(machine, kind).Running);
        }
    }

    private string PathOf(string machine, InstanceKind kind) =>
        Path.Combine(_directory, kind == InstanceKind.Test ? $"{machine}.test.json" : $"{machine}.json");

    private FolderRecord Read(string machine, InstanceKind kind)
    {
        var path = PathOf(machine, kind);
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<FolderRecord>(File.ReadAllBytes(path), Json) ?? throw new JsonException("It is empty.")
                : FolderRecord.Empty;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new FabricException(FabricException.RecordFailed,
                $"The record {path} cannot be read: {error.Message} Repair or remove the file, then resume the operation.",
                isTransient: error is IOException, error);
        }
    }

    private void Write(string machine, InstanceKind kind, FolderRecord record)
    {
        var path = PathOf(machine, kind);
        try
        {
            File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(record, Json));
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FabricException(FabricException.RecordFailed,
                $"The record {path} cannot be written: {error.Message} Free space or mend the permissions; it is tried again.",
                isTransient: true, error);
        }
    }

    private sealed record FolderRecord(long HighestActivation, MachineInstance? Running)
    {
        public static FolderRecord Empty { get; } = new(0, null);
    }
}
