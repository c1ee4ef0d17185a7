using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Nbd;

namespace Orchestrator.Replication.Sites;

/// <summary>One machine's disks as they are exported: what is below can be exchanged while clients stay attached.</summary>
internal sealed class DiskExports(NbdServer server, string socket, string id, string suffix)
{
    private readonly List<(SwitchableDevice Device, string Path)> _disks = [];

    public IReadOnlyList<DiskExport> All
    {
        get
        {
            lock (_disks)
            {
                return [.. _disks.Select((disk, index) => new DiskExport(
                    index, $"nbd+unix:///{NameOf(index)}?socket={Uri.EscapeDataString(socket)}", disk.Device.Length, disk.Path))];
            }
        }
    }

    /// <summary>Exports the devices, or puts them below the exports that exist.</summary>
    public void Serve(IReadOnlyList<IBlockDevice> devices, IReadOnlyList<string> paths)
    {
        lock (_disks)
        {
            for (var index = 0; index < devices.Count; index++)
            {
                if (index < _disks.Count)
                {
                    _disks[index].Device.Exchange(devices[index]).Dispose();
                    _disks[index] = (_disks[index].Device, paths[index]);
                    _disks[index].Device.Resume();
                }
                else
                {
                    _disks.Add((new SwitchableDevice(devices[index]), paths[index]));
                    server.AddExport(new NbdExport(NameOf(index), $"disk {index} of {id}", _disks[index].Device));
                }
            }
        }
    }

    /// <summary>Holds the clients' calls and lets go of the devices below, so that they can be opened otherwise.</summary>
    public void Hold()
    {
        lock (_disks)
        {
            foreach (var (device, _) in _disks)
            {
                device.Pause();
                device.Exchange(new HeldDevice(device.Length)).Dispose();
            }
        }
    }

    /// <summary>Ends the exports; clients are disconnected.</summary>
    public void Close()
    {
        lock (_disks)
        {
            for (var index = 0; index < _disks.Count; index++)
            {
                _disks[index].Device.Resume();
                server.RemoveExport(NameOf(index));
                _disks[index].Device.Dispose();
            }

            _disks.Clear();
        }
    }

    private string NameOf(int index) => $"{id}-{index}{suffix}";
}
