using System.Text.Json;
using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Durability;
using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.Target;

/// <summary>A recovery point opened for writing: per disk its view and an overlay, in a directory of the operation's own.</summary>
/// <remarks>The <c>mount</c> file is written last and deleted first: a directory without it was left by a crash and is removed.</remarks>
internal sealed class PointMount
{
    private const string MountFile = "mount";

    private readonly string _directory;
    private readonly List<PointView> _views = [];
    private readonly List<OverlayDevice> _overlays = [];
    private readonly List<MountDevice> _devices = [];

    private PointMount(string directory, Guid operation, Guid point, IReadOnlyList<int> disks)
    {
        _directory = directory;
        Operation = operation;
        PointId = point;
        Disks = disks;
    }

    public Guid Operation { get; }

    public Guid PointId { get; }

    public IReadOnlyList<int> Disks { get; }

    public IReadOnlyList<PointView> Views => _views;

    public IReadOnlyList<OverlayDevice> Overlays => _overlays;

    public IReadOnlyList<MountDevice> Devices => _devices;

    public MountedPoint Mounted => new(Operation, _views[0].Point, _devices.ToList<IBlockDevice>(), Disks);

    /// <summary>Opens a point under a new operation; complete and durable when it returns.</summary>
    public static PointMount Create(
        string parent, Guid operation, Guid point, IReadOnlyList<int> disks, ReplicaImages images, Action<string> step)
    {
        var directory = Path.Combine(parent, operation.ToString("N"));
        Directory.CreateDirectory(directory);
        var mount = new PointMount(directory, operation, point, disks);
        mount.Open(images);
        try
        {
            step("mount.write");
            var content = JsonSerializer.SerializeToUtf8Bytes(new Content(operation, point, disks));
            Durable.Replace(Path.Combine(directory, MountFile), [.. BitConverter.GetBytes(Crc32C.Compute(content)), .. content]);
            Durable.FlushDirectory(parent);
            return mount;
        }
        catch
        {
            mount.Close();
            throw;
        }
    }

    /// <summary>Reopens what an operation had open when the process ended; null (and removed) when it never was complete.</summary>
    public static PointMount? TryReopen(string directory, ReplicaImages images)
    {
        if (!File.Exists(Path.Combine(directory, MountFile)))
        {
            Directory.Delete(directory, recursive: true);
            return null;
        }

        var stored = File.ReadAllBytes(Path.Combine(directory, MountFile));
        if (stored.Length < sizeof(uint) || BitConverter.ToUInt32(stored) != Crc32C.Compute(stored.AsSpan(sizeof(uint))))
        {
            throw new ReplicationException(
                ErrorCodes.ReplicaCorrupt, $"{directory}/{MountFile} is damaged. Close the operation and start it again.", false);
        }

        var content = JsonSerializer.Deserialize<Content>(stored.AsSpan(sizeof(uint)))!;
        var mount = new PointMount(directory, content.Operation, content.Point, content.Disks);
        mount.Open(images);
        return mount;
    }

    /// <summary>Closes the devices without any loss: they can be reopened.</summary>
    public void Close()
    {
        _devices.ForEach(d => d.Fence());
        CloseParts();
    }

    /// <summary>Closes what the devices do not need any more once they lead elsewhere.</summary>
    public void CloseParts()
    {
        _overlays.ForEach(o => o.Dispose());
        _views.ForEach(v => v.Dispose());
    }

    /// <summary>Closes the devices and throws away what was written.</summary>
    public void Delete(Action<string> step)
    {
        Close();
        Delete(_directory, step);
    }

    /// <summary>Removes an operation's directory, open or not.</summary>
    public static void Delete(string directory, Action<string> step)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        step("mount.delete");
        File.Delete(Path.Combine(directory, MountFile));
        Durable.FlushDirectory(directory);
        step("mount.delete-files");
        Directory.Delete(directory, recursive: true);
    }

    private void Open(ReplicaImages images)
    {
        try
        {
            foreach (var disk in Disks)
            {
                var view = images.OpenView(PointId, disk);
                _views.Add(view);
                var overlay = OverlayDevice.Open(view, Path.Combine(_directory, $"disk-{disk}"));
                _overlays.Add(overlay);
                _devices.Add(new MountDevice(overlay, $"Disk {disk} of the recovery point {PointId}"));
            }
        }
        catch
        {
            Close();
            throw;
        }
    }

    private sealed record Content(Guid Operation, Guid Point, IReadOnlyList<int> Disks);
}
