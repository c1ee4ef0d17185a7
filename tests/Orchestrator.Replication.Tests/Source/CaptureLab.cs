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

    /// <summary>
    /// Leaves everything as a kill at this moment would: mapped bytes are in the page cache, which a copy reads. The files stay the same
    /// ones, because a replaced disk is an offline change.
    /// </summary>
    public void Kill(CapturedMachine machine)
    {
        var kept = Directory.CreateTempSubdirectory("capture-kept-").FullName;
        Copy(Root, kept);
        machine.Dispose();
        Copy(kept, Root);
        Directory.Delete(kept, recursive: true);
    }

    private static void Copy(string from, string to)
    {
        using var copy = Process.Start("/bin/cp", ["-a", $"{from}/.", to]);
        copy.WaitForExit();
        copy.ExitCode.Should().Be(0);
    }

    /// <summary>Changes a file in place.</summary>
    public static void Edit(string path, Func<byte[], byte[]> edit)
    {
        var before = File.ReadAllBytes(path);
        var after = edit((byte[])before.Clone());
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Write(after);
        file.SetLength(after.Length);
    }

    /// <summary>Changes one byte of a file.</summary>
    public static void Flip(string path, long offset) => Edit(path, bytes =>
    {
        bytes[offset] ^= 0x40;
        return bytes;
    });

    /// <summary>The segment and position of the record with that number.</summary>
    public (string Path, int Position) Find(long sequence)
    {
        foreach (var path in Segments)
        {
            var bytes = File.ReadAllBytes(path);
            for (var position = 4096; position + 64 <= bytes.Length; position += 64)
            {
                if (BitConverter.ToUInt32(bytes, position) == 0x4C43524F && BitConverter.ToInt64(bytes, position + 16) == sequence)
                {
                    return (path, position);
                }
            }
        }

        throw new InvalidOperationException($"There is no record {sequence}.");
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
