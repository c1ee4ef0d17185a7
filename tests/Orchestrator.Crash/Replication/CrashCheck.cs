using System.Buffers.Binary;
using Orchestrator.Replication.Source;

namespace Orchestrator.Crash.Replication;

/// <summary>Checks a machine opened after a kill against what its clients were promised.</summary>
internal static class CrashCheck
{
    /// <summary>What is wrong, or null.</summary>
    public static string? FindFault(CapturedMachine machine, Dictionary<(int Disk, int Sector), long> promises)
    {
        if (machine.Loss is { } loss)
        {
            return $"the log is lost: {loss.Message}";
        }

        var images = Images(machine);
        if (FindBrokenPromise("disk", images, promises) is { } onDisk)
        {
            return onDisk;
        }

        var replayed = images.Select(image => new byte[image.Length]).ToArray();
        if (Replay(machine, replayed) is { } fault)
        {
            return fault;
        }

        for (var disk = 0; disk < images.Length; disk++)
        {
            var at = images[disk].AsSpan().CommonPrefixLength(replayed[disk]);
            if (at < images[disk].Length)
            {
                return $"disk {disk} and the log replayed differ at byte {at}";
            }
        }

        return FindBrokenPromise("log", replayed, promises);
    }

    public static byte[][] Images(CapturedMachine machine) => [.. machine.Disks.Select(disk =>
    {
        var image = new byte[disk.Length];
        disk.Read(0, image);
        return image;
    })];

    /// <summary>Writes every disk over itself, so that a new log again holds all of it.</summary>
    public static void LogEverything(CapturedMachine machine)
    {
        foreach (var (disk, image) in machine.Disks.Zip(Images(machine)))
        {
            disk.Write(0, image);
        }
    }

    private static string? Replay(CapturedMachine machine, byte[][] images)
    {
        using var reader = machine.OpenReader(0);
        var changes = new List<ChangeRecord>();
        var expected = 1L;
        while (reader.Position < machine.LastSequence)
        {
            changes.Clear();
            reader.Read(changes, 1 << 20);
            foreach (var change in changes)
            {
                if (change.Sequence != expected++)
                {
                    return $"change {change.Sequence} follows {expected - 2}";
                }

                Apply(images, change);
                if (change.Mark is { } mark && FindLead(images) is { } lead)
                {
                    return $"at epoch {mark.Epoch} {lead}";
                }
            }
        }

        return null;
    }

    private static void Apply(byte[][] images, in ChangeRecord change)
    {
        if (change.Kind == ChangeKind.Mark)
        {
            return;
        }

        var range = images[change.Disk].AsSpan((int)change.Offset, (int)change.Length);
        if (change.Kind == ChangeKind.Zero)
        {
            range.Clear();
        }
        else
        {
            change.Data.Span.CopyTo(range);
        }
    }

    /// <summary>Disk 1 gets a stamp only after disk 0 answered, so it may lag by one stamp of each thread and never lead.</summary>
    private static string? FindLead(byte[][] images)
    {
        for (var thread = 0; thread < StampWriter.Threads; thread++)
        {
            var difference = StampWriter.LastStamp([images[0]], thread) - StampWriter.LastStamp([images[1]], thread);
            if (difference is < 0 or > 1)
            {
                return $"disk 0 leads disk 1 by {difference} stamps of thread {thread}";
            }
        }

        return null;
    }

    private static string? FindBrokenPromise(string where, byte[][] images, Dictionary<(int Disk, int Sector), long> promises)
    {
        foreach (var ((disk, sector), stamp) in promises)
        {
            var bytes = images[disk].AsSpan(sector * StampWriter.Sector, StampWriter.Sector);
            var found = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            if (found < stamp || BinaryPrimitives.ReadInt64LittleEndian(bytes[^8..]) != found)
            {
                return $"sector {sector} of disk {disk} was answered with stamp {stamp} but the {where} holds {found}";
            }
        }

        return null;
    }
}
