using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Target;

/// <summary>A replica in a directory of its own, that can be killed and opened again.</summary>
public sealed class ReplicaRig : IDisposable
{
    private static int _count;
    private readonly bool _ownsDirectory;

    public ReplicaRig(SourceModel source, string? directory = null)
    {
        Source = source;
        _ownsDirectory = directory is null;
        // In memory where possible: what is tested here is order and content, not the disk's speed.
        var root = Path.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        Directory = directory ?? Path.Combine(root, $"replica-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        Lengths = source.Lengths;
    }

    public SourceModel Source { get; }

    public string Directory { get; }

    public IReadOnlyList<long> Lengths { get; }

    public RetentionPolicy Retention { get; set; } = new() { MaxAge = TimeSpan.MaxValue, MaxPoints = int.MaxValue };

    public long CreditBytes { get; set; } = 64 * 1024 * 1024;

    public long IngestSegmentBytes { get; set; } = 64 * 1024;

    public Action<string>? Step { get; set; }

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public IReadOnlyList<string?>? Paths { get; set; }

    public ReplicaStore Store { get; private set; } = null!;

    public Guid Session { get; private set; }

    public ReplicaStore Open() => Store = ReplicaStore.Open(new ReplicaOptions
    {
        Directory = Directory,
        Disks = Lengths.Select((l, i) => new ReplicaDisk(l, Paths?[i])).ToList(),
        Codec = new PlainCodec(),
        Retention = Retention,
        CreditBytes = CreditBytes,
        IngestSegmentBytes = IngestSegmentBytes,
        TimeProvider = Time,
        Step = s => Step?.Invoke(s),
    });

    /// <summary>Ends the store without a step more, as a kill would, and opens it again.</summary>
    public ReplicaStore Reopen()
    {
        Store?.Dispose();
        return Open();
    }

    public ReplicaCursor Connect(long activation = 1)
    {
        var request = Source.Session(activation);
        Session = request.Session;
        return Store.OpenSession(request);
    }

    /// <summary>Opens a session and sends all the source has.</summary>
    public ReplicaCursor SendAll(int maxChanges = 4, Func<long, bool>? consistent = null)
    {
        var cursor = Connect();
        Send(Source.BatchesAfter(cursor, Session, maxChanges, consistent));
        return Store.Cursor;
    }

    public void Send(IEnumerable<Batch> batches)
    {
        foreach (var batch in batches)
        {
            Store.Ingest(batch.Header, batch.Frame);
        }
    }

    public void Drain() => Store.DrainAsync(Store.CompleteSequence).Wait(TestContext.Current.CancellationToken);

    public static byte[] ReadAll(IBlockDevice device)
    {
        var content = new byte[device.Length];
        device.Read(0, content);
        return content;
    }

    public IReadOnlyList<byte[]> ReadPoint(Guid point)
    {
        return Enumerable.Range(0, Lengths.Count).Select(i =>
        {
            using var view = Store.OpenPoint(point, i);
            return ReadAll(view);
        }).ToList();
    }

    /// <summary>Every point's view equals the copy taken at its mark.</summary>
    public void CheckPoints()
    {
        foreach (var point in Store.Points)
        {
            CheckEqual(ReadPoint(point.Id), Source.CopyAt(point.Id), $"point of epoch {point.Epoch}");
        }
    }

    public static void CheckEqual(IReadOnlyList<byte[]> actual, IReadOnlyList<byte[]> expected, string what)
    {
        for (var i = 0; i < expected.Count; i++)
        {
            var different = actual[i].AsSpan().CommonPrefixLength(expected[i]);
            if (actual[i].Length != expected[i].Length || different < expected[i].Length)
            {
                Assert.Fail($"{what}: disk {i} differs at byte {different} (lengths {actual[i].Length} and {expected[i].Length})");
            }
        }
    }

    /// <summary>The disks are exactly the source's writes up to the applied mark.</summary>
    public void CheckApplied()
    {
        if (!Store.Cursor.Consistent)
        {
            Store.Points.Should().BeEmpty("here only the very first epoch finds the replica inconsistent");
            return;
        }

        var digest = Store.Digest();
        digest.Sha256.Should().BeEquivalentTo(Source.DigestAt(digest.AppliedSequence), o => o.WithStrictOrdering());
    }

    public void Dispose()
    {
        Store?.Dispose();
        if (_ownsDirectory && System.IO.Directory.Exists(Directory))
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
