using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Protocol;

/// <summary>Makes batches at random.</summary>
internal static class Changes
{
    internal static Arbitrary<int> Seeds => Gen.Choose(0, int.MaxValue).ToArbitrary();

    internal static byte[][] Keys(int disks, byte salt = 0) =>
        [.. Enumerable.Range(1, disks).Select(i => Enumerable.Repeat((byte)(i + salt), 32).ToArray())];

    internal static List<ReplicaChange> Random(Random random, int disks, int most = 40)
    {
        var changes = new List<ReplicaChange>();
        for (var disk = 0; disk < disks; disk++)
        {
            long offset = random.Next(2) == 0 ? 0 : random.NextInt64(1L << 40);
            for (var i = random.Next(most); i > 0; i--)
            {
                offset += random.Next(3) == 0 ? 0 : random.NextInt64(1 << random.Next(1, 30));
                var isZero = random.Next(4) == 0;
                var length = isZero ? random.NextInt64(1, 1L << random.Next(1, 40)) : random.Next(1, 9000);
                changes.Add(new ReplicaChange(disk, offset, length, isZero ? default : Data(random, (int)length)));
                offset += length;
            }
        }

        return changes;
    }

    internal static BatchHeader Header(Random random, IEnumerable<ReplicaChange> changes)
    {
        var epoch = random.NextInt64(1, long.MaxValue);
        var first = random.NextInt64(1, 1L << 60);
        var id = new byte[16];
        random.NextBytes(id);
        var mark = new EpochMark(
            epoch, random.NextInt64(), (EpochKind)random.Next(1, 4), new Guid(id), new DateTimeOffset(random.NextInt64(1L << 59), TimeSpan.Zero));
        return new BatchHeader(
            new Guid(id.Reverse().ToArray()), random.NextInt64(), first, first - 1 + random.Next(100), epoch,
            random.Next(2) == 0 ? null : new EpochEnd(mark, random.Next(2) == 0), changes.Sum(change => (long)change.Data.Length));
    }

    /// <summary>The same changes with neighbours of one kind joined, which is all an encoder may alter.</summary>
    internal static List<(int Disk, long Offset, long Length, string Data)> Normalize(IEnumerable<ReplicaChange> changes)
    {
        var result = new List<(int Disk, long Offset, long Length, string Data)>();
        foreach (var change in changes)
        {
            var data = Convert.ToHexString(change.Data.Span);
            if (result.Count > 0 && result[^1] is var last && last.Disk == change.Disk
                && last.Offset + last.Length == change.Offset && (last.Data.Length == 0) == change.IsZero)
            {
                result[^1] = (last.Disk, last.Offset, last.Length + change.Length, last.Data + data);
            }
            else
            {
                result.Add((change.Disk, change.Offset, change.Length, data));
            }
        }

        return result;
    }

    private static byte[] Data(Random random, int length)
    {
        var data = new byte[length];
        if (random.Next(2) == 0)
        {
            random.NextBytes(data);
        }
        else
        {
            data.AsSpan().Fill((byte)random.Next(256));
        }

        return data;
    }
}
