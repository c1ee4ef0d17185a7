using System.Net;
using System.Net.Sockets;
using Orchestrator.Contracts;

namespace Orchestrator.EndToEnd.Tests.Nodes;

/// <summary>A folder of its own with a disk, site folders and the nodes that serve them.</summary>
public sealed class Lab : IAsyncDisposable
{
    public const int DiskBytes = 64 << 20;
    public const string Machine = "web";
    private const byte MarkerPattern = 0x01;
    private const int MarkerSlot = Guest.Slots - 2;
    private readonly List<Node> _nodes = [];

    public Lab()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("e2e-").FullName;
        Disk = PathOf("disk.img");
        var content = new byte[DiskBytes];
        new Random(1).NextBytes(content.AsSpan(0, DiskBytes / 2)); // The other half is zeroes.
        File.WriteAllBytes(Disk, content);
        Guest = new Guest(content);
    }

    public string Directory { get; }

    /// <summary>The disk of the machine, before it is protected.</summary>
    public string Disk { get; }

    /// <summary>What the machine wrote.</summary>
    public Guest Guest { get; }

    public string PathOf(params string[] parts) => Path.Combine([Directory, .. parts]);

    /// <summary>A node that has both sites and the control role.</summary>
    public Node NewNode(string name = "node", string more = "", string listen = "127.0.0.1:0", string? recovery = null) =>
        NewNodeWith(name, listen, more, $$"""
            primary { directory = "{{PathOf("primary")}}" }
            recovery { directory = "{{recovery ?? PathOf("recovery")}}" }
            """);

    public Node NewNodeWith(string name, string listen, string more, string sites)
    {
        var (config, socket) = (PathOf($"{name}.conf"), PathOf($"{name}.sock"));
        File.WriteAllText(config, $$"""
            orchestrator {
              node {
                data-directory = "{{PathOf(name)}}"
                api-socket = "{{socket}}"
                certificate-directory = "{{PathOf("certificates")}}"
                listen = "{{listen}}"
              }
              replication { recovery-point-interval = 5s, change-log-segment = 4 MiB, change-log-limit = 256 MiB }
              sites {
                {{sites}}
              }
              {{more}}
            }

            """);
        var node = new Node(config, socket);
        _nodes.Add(node);
        return node;
    }

    /// <summary>A node that runs, with the machine protected up to its first recovery point.</summary>
    public async Task<Node> ProtectedAsync(string more = "", string? recovery = null)
    {
        var node = NewNode(more: more, recovery: recovery);
        await node.StartAsync();
        await ProtectAsync(node);
        return node;
    }

    public async Task ProtectAsync(Node node)
    {
        await node.OperateAsync("protect", Machine, "--disk", Disk);
        await node.UntilAsync(Machine, "initial replication", "Protected with a point", s => s is { State: "Protected", PointCount: > 0 });
    }

    /// <summary>Writes as the machine where the machine runs now.</summary>
    public async Task WriteAsync(Node node, byte pattern, params int[] slots) =>
        await Guest.WriteAsync((await node.StatusAsync(Machine)).Disks[0].Uri!, pattern, slots);

    /// <summary>Waits until every write made so far is in a recovery point, and gives that point.</summary>
    public async Task<PointView> UntilPointAsync(Node node, string phase)
    {
        var now = TimeProvider.System.GetUtcNow();
        await WriteAsync(node, MarkerPattern, MarkerSlot); // An idle machine gets points seldom.
        var status = await node.UntilAsync(
            Machine, phase, $"a recovery point after {now:O}", s => s.State == "Protected" && s.LatestPoint?.TakenAt > now);
        return status.LatestPoint!;
    }

    /// <summary>A copy of what an export holds, taken by nbdcopy.</summary>
    public async Task<byte[]> CopyAsync(string? uri)
    {
        uri.Should().NotBeNull("the disk is to be exported");
        var copy = PathOf("copy.img");
        await Programs.SucceedAsync("nbdcopy", uri!, copy);
        var content = await File.ReadAllBytesAsync(copy);
        File.Delete(copy);
        return content;
    }

    /// <summary>Both images, byte by byte, and against what the machine wrote.</summary>
    public async Task ShouldBeEqualAsync(Node node, string phase)
    {
        var status = await node.StatusAsync(Machine);
        var source = await ReadAsync(status.Disks[0].PrimaryPath);
        var replica = await ReadAsync(status.Disks[0].ReplicaPath!);
        Guest.ShouldBe(source, $"{phase}: the disk at the primary site");
        Guest.ShouldBe(replica, $"{phase}: the disk at the recovery site");
        source.AsSpan().SequenceEqual(replica).Should().BeTrue("phase: {0}; both disks are to be equal", phase);
    }

    public static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>The node holds a lock on the disks it serves, and cp asks for none.</summary>
    public async Task<byte[]> ReadAsync(string path)
    {
        var copy = PathOf("read.img");
        await Programs.SucceedAsync("cp", path, copy);
        var content = await File.ReadAllBytesAsync(copy);
        File.Delete(copy);
        return content;
    }
}
