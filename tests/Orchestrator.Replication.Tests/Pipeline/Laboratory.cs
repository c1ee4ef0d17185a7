using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Replication.Tests.Pipeline;

/// <summary>A machine, a replica and a link between them.</summary>
internal sealed class Laboratory : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("orchestrator-link-").FullName;

    internal Laboratory(params byte[][] disks)
    {
        Source = new MemoryChangeSource(disks);
        Keys = [.. disks.Select((_, i) => Enumerable.Repeat((byte)(i + 1), BatchCodec.KeyLength).ToArray())];
        Replica = new MemoryReplica(new BatchCodec(Keys), [.. Source.DiskLengths]);
        Link = new FaultyLink(new LocalReplicaLink(Replica));
        Options = new ReplicationOptions
        {
            Source = Source, Link = Link, DiskKeys = Keys, Activation = 1, Time = TimeProvider.System,
            Mode = ReplicationMode.Initial, ProgressPath = Path.Combine(_directory, "copy.json"),
            ResyncKey = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray(),
            PointInterval = TimeSpan.FromMilliseconds(50), CreditBytes = 8 << 20,
        };
    }

    internal MemoryChangeSource Source { get; }

    internal MemoryReplica Replica { get; }

    internal FaultyLink Link { get; }

    internal byte[][] Keys { get; }

    internal ReplicationOptions Options { get; set; }

    internal static byte[] Disk(Random random, int length, double filled = 0.7)
    {
        var disk = new byte[length];
        for (var at = 0; at < length; at += 64 * 1024)
        {
            if (random.NextDouble() < filled)
            {
                random.NextBytes(disk.AsSpan(at, Math.Min(64 * 1024, length - at)));
            }
        }

        return disk;
    }

    internal static void ChangeAtRandom(MemoryChangeSource source, Random random)
    {
        var disk = random.Next(source.DiskLengths.Count);
        var length = random.Next(20) == 0 ? random.Next(1, 700_000) : random.Next(1, 20_000);
        length = (int)Math.Min(length, source.DiskLengths[disk]);
        var offset = random.NextInt64(source.DiskLengths[disk] - length + 1);
        if (random.Next(6) == 0)
        {
            source.Zero(disk, offset, length);
            return;
        }

        var data = new byte[length];
        if (random.Next(2) == 0)
        {
            random.NextBytes(data);
        }
        else
        {
            data.AsSpan().Fill((byte)random.Next(256)); // Compresses; sometimes zeroes written as data.
        }

        source.Write(disk, offset, data);
    }

    /// <summary>Runs sessions, one after the other ended by a transient error, until the replica holds the final mark.</summary>
    internal async Task<List<ReplicationException>> ReplicateUntilAsync(Task<EpochMark> final)
    {
        var errors = new List<ReplicationException>();
        while (true)
        {
            using var stop = new CancellationTokenSource();
            var session = new ReplicationSession(Options);
            var run = session.RunAsync(stop.Token);
            try
            {
                var drained = DrainAsync(session, final);
                await await Task.WhenAny(run, drained);
                await drained;
                await stop.CancelAsync();
                await run;
                return errors;
            }
            catch (ReplicationException error) when (error.IsTransient && errors.Count < 500)
            {
                errors.Add(error);
                await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System); // A caller's retry interval.
            }
        }
    }

    /// <summary>Cuts the final epoch once so many copies have been begun and the last of them is complete.</summary>
    internal async Task<EpochMark> FinalAsync(int copies = 1, MemoryReplica? replica = null)
    {
        await Conditions.Eventually(
            () => Source.Resets >= copies && (replica ?? Replica).Cursor is { Consistent: true } cursor
                && cursor.Incarnation == Source.Incarnation,
            "the copy is complete");
        return Source.CutEpoch(EpochKind.Final, Guid.NewGuid());
    }

    /// <summary>Every point the replica ever held is exactly what the machine's disks were at its mark.</summary>
    internal void AssertPointsAreExact()
    {
        Replica.Points.Should().NotBeEmpty();
        var points = Replica.Points.ToDictionary(point => point.Mark, point => point.Disks);
        Source.ForEachMark((mark, expected) =>
        {
            if (points.Remove(mark, out var held))
            {
                AssertEqual(held, expected, $"point {mark.Epoch}");
            }
        });
        points.Should().BeEmpty("the machine knows every mark the replica holds");
    }

    internal static void AssertEqual(IReadOnlyList<byte[]> actual, IReadOnlyList<byte[]> expected, string what)
    {
        for (var disk = 0; disk < expected.Count; disk++)
        {
            var same = actual[disk].AsSpan().CommonPrefixLength(expected[disk]);
            same.Should().Be(expected[disk].Length, $"disk {disk} of {what} must be equal from there on, too");
        }
    }

    public void Dispose()
    {
        Source.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task DrainAsync(ReplicationSession session, Task<EpochMark> final)
    {
        await session.DrainAsync(await final, CancellationToken.None);
    }
}
