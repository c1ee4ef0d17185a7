using System.Diagnostics;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Tests.Source;

/// <summary>A machine with small disks and a small change log in a directory of its own.</summary>
public sealed class CaptureLab : IDisposable
{
    public const int SegmentBytes = 64 << 10;

    private readonly string[] _disks;

    public CaptureLab(int disks = 2, int diskLength = 1 << 20, long maxBytes = 64 << 20, string? parent = null)
    {
        Root = parent is null ? Directory.CreateTempSubdirectory("capture-").FullName : Directory.CreateDirectory(parent).FullName;
        _disks = [.. Enumerable.Range(0, disks).Select(i => Path.Combine(Root, $"disk{i}.raw"))];
        foreach (var disk in _disks.Where(disk => !File.Exists(disk)))
        {
            using var file = File.Create(disk);
            file.SetLength(diskLength);
        }

        Options = new CaptureOptions
        {
            LogDirectory = Path.Combine(Root, "log"), Disks = _disks, Ids = Guid.NewGuid, SegmentBytes = SegmentBytes, MaxBytes = maxBytes,
        };
    }

    public string Root { get; }

    public CaptureOptions Options { get; set; }

    public CapturedMachine Open() => CapturedMachine.Open(Options);

    /// <summary>What a disk holds; read through the machine, because the file is locked while it is open.</summary>
    public static byte[] Image(CapturedMachine machine, int disk)
    {
        var image = new byte[machine.Disks[disk].Length];
        machine.Disks[disk].Read(0, image);
        return image;
    }

    public static byte[][] Images(CapturedMachine machine) => [.. Enumerable.Range(0, machine.Disks.Count).Select(disk => Image(machine, disk))];

    public string DiskPath(int disk) => _disks[disk];

    public string ControlPath => Path.Combine(Options.LogDirectory, "control");

    public IReadOnlyList<string> Segments => [.. Directory.GetFiles(Options.LogDirectory, "*.segment").Order()];

    /// <summary>Copies everything as a killed process would leave it: a mapped byte is in the page cache, which a copy reads.</summary>
    public CaptureLab Snapshot()
    {
        var target = Directory.CreateTempSubdirectory("capture-copy-").FullName;
        using (var copy = Process.Start("/bin/cp", ["-r", $"{Root}/.", target]))
        {
            copy.WaitForExit();
            copy.ExitCode.Should().Be(0);
        }

        var lab = new CaptureLab(_disks.Length, parent: target);
        lab.Options = Options with { LogDirectory = lab.Options.LogDirectory, Disks = lab.Options.Disks };
        return lab;
    }

    /// <summary>Every change after <paramref name="sequence"/>, with data of its own.</summary>
    public static List<ChangeRecord> ReadAll(CapturedMachine machine, long sequence = 0)
    {
        var all = new List<ChangeRecord>();
        using var reader = machine.OpenReader(sequence);
        while (reader.Position < machine.LastSequence)
        {
            var batch = new List<ChangeRecord>();
            reader.Read(batch, 100_000);
            all.AddRange(batch.Select(change => change with { Data = change.Data.ToArray() }));
        }

        return all;
    }

    public static void Apply(byte[][] images, ChangeRecord change)
    {
        if (change.Kind != ChangeKind.Mark)
        {
            var range = images[change.Disk].AsSpan((int)change.Offset, (int)change.Length);
            if (change.Kind == ChangeKind.Write)
            {
                change.Data.Span.CopyTo(range);
            }
            else
            {
                range.Clear();
            }
        }
    }

    /// <summary>What the disks must hold according to the log alone.</summary>
    public byte[][] Replay(IEnumerable<ChangeRecord> changes)
    {
        var images = _disks.Select(disk => new byte[new FileInfo(disk).Length]).ToArray();
        foreach (var change in changes)
        {
            Apply(images, change);
        }

        return images;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
