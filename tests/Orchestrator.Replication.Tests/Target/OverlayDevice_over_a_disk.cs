using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Target;

public sealed class OverlayDevice_over_a_disk : IDisposable
{
    private const int Length = 200_001;
    private readonly string _directory = Directory.CreateTempSubdirectory("overlay-").FullName;
    private int _count;

    [Fact]
    public void Reads_like_a_plain_disk_and_leaves_the_one_below_alone()
    {
        Prop.ForAll<int>(seed =>
        {
            var random = new Random(seed);
            var (below, original) = Below(random);
            var path = NewPath();
            var expected = original.ToArray();
            var overlay = OverlayDevice.Open(below, path);
            for (var i = 0; i < 60; i++)
            {
                Change(overlay, expected, random);
                if (random.Next(15) == 0)
                {
                    overlay.Dispose();
                    overlay = OverlayDevice.Open(below, path);
                }

                var offset = random.Next(Length);
                var part = new byte[random.Next(1, Length - offset + 1)];
                overlay.Read(offset, part);
                part.AsSpan().SequenceEqual(expected.AsSpan(offset, part.Length)).Should().BeTrue();
            }

            CheckExtents(overlay, expected);
            overlay.Dispose();
            var untouched = ReplicaRig.ReadAll(below).AsSpan().SequenceEqual(original);
            below.Dispose();
            return untouched;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    [Fact]
    public void After_a_power_cut_holds_every_flushed_write()
    {
        Prop.ForAll<int>(seed =>
        {
            var random = new Random(seed);
            var (below, original) = Below(random);
            var path = NewPath();
            var expected = original.ToArray();
            using (var overlay = OverlayDevice.Open(below, path, boot: 1))
            {
                for (var i = 0; i < 20; i++)
                {
                    Change(overlay, expected, random);
                }

                overlay.Flush();
            }

            var flushed = expected.ToArray();
            using (var overlay = OverlayDevice.Open(below, path, boot: 1))
            {
                var after = new byte[4096];
                overlay.Write(random.Next(Length - 4096), after);
                CutPower(path, random);
            }

            using var again = OverlayDevice.Open(below, path, boot: 2);
            // What was not flushed may be old or new, nothing else may have changed.
            var content = ReplicaRig.ReadAll(again);
            var differing = Enumerable.Range(0, Length).Where(i => content[i] != flushed[i]).ToList();
            below.Dispose();
            return differing.TrueForAll(i => content[i] == 0) && (differing.Count == 0 || differing[^1] - differing[0] < 4096);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    [Fact]
    public void Forgets_an_unflushed_page_after_a_power_cut_instead_of_reading_what_never_arrived()
    {
        var (below, original) = Below(new Random(5));
        var path = NewPath();
        using (var overlay = OverlayDevice.Open(below, path, boot: 1))
        {
            overlay.Write(8192, new byte[] { 1, 2, 3 });
        }

        // The journal reached the disk, the page did not.
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, 0);
        }

        using (var again = OverlayDevice.Open(below, path, boot: 2))
        {
            ReplicaRig.ReadAll(again).Should().Equal(original);
        }

        below.Dispose();
    }

    [Fact]
    public void Refuses_a_journal_that_rotted()
    {
        var (below, _) = Below(new Random(6));
        var path = NewPath();
        using (var overlay = OverlayDevice.Open(below, path))
        {
            for (var i = 0; i < 10; i++)
            {
                overlay.Write(i * 8192, new byte[4096]);
                overlay.Flush();
            }
        }

        Corrupt(path + ".map", 40);

        var opening = () => OverlayDevice.Open(below, path);

        opening.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ReplicaCorrupt);
        below.Dispose();
    }

    [Fact]
    public void Keeps_its_journal_small_when_pages_come_and_go()
    {
        var (below, original) = Below(new Random(7));
        var path = NewPath();
        var one = new byte[] { 9 };
        using (var overlay = OverlayDevice.Open(below, path))
        {
            for (var i = 0; i < 140_000; i++)
            {
                overlay.Trim(4096, 4096);
                overlay.Write(4100, one);
            }
        }

        var grown = new FileInfo(path + ".map").Length;
        using (var again = OverlayDevice.Open(below, path))
        {
            original.AsSpan(4096, 4096).Clear();
            original[4100] = 9;
            ReplicaRig.ReadAll(again).Should().Equal(original);
        }

        grown.Should().BeGreaterThan(1_000_000);
        new FileInfo(path + ".map").Length.Should().BeLessThan(1_000);
        using var third = OverlayDevice.Open(below, path, boot: 77);
        ReplicaRig.ReadAll(third).Should().Equal(original);
        below.Dispose();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    internal static void Corrupt(string path, long position)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var one = new byte[1];
        RandomAccess.Read(file, one, position);
        one[0] ^= 0x10;
        RandomAccess.Write(file, one, position);
    }

    /// <summary>Some of the journal behind the last flush never arrived.</summary>
    private static void CutPower(string path, Random random)
    {
        using var map = File.OpenHandle(path + ".map", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var length = RandomAccess.GetLength(map);
        RandomAccess.SetLength(map, length - random.Next(17));
    }

    private static void Change(OverlayDevice overlay, byte[] expected, Random random)
    {
        var length = random.Next(3) == 0 ? 4096 : random.Next(1, 20_000);
        var offset = random.Next(Length - length + 1);
        switch (random.Next(5))
        {
            case 0:
                overlay.Trim(offset, length);
                expected.AsSpan(offset, length).Clear();
                break;
            case 1:
                overlay.WriteZeroes(offset, Length - offset, mayDeallocate: false);
                expected.AsSpan(offset).Clear();
                break;
            case 2:
                overlay.Flush();
                break;
            default:
                var data = new byte[length];
                random.NextBytes(data);
                overlay.Write(offset, data);
                data.CopyTo(expected, offset);
                break;
        }
    }

    private static void CheckExtents(OverlayDevice overlay, byte[] expected)
    {
        long next = 0;
        foreach (var extent in overlay.GetExtents(0, Length))
        {
            extent.Offset.Should().Be(next);
            next += extent.Length;
            (extent.IsZero && expected.AsSpan((int)extent.Offset, (int)extent.Length).ContainsAnyExcept((byte)0)).Should().BeFalse();
        }

        next.Should().Be(Length);
    }

    private string NewPath() => Path.Combine(_directory, $"overlay-{++_count}");

    private (BaseDisk Disk, byte[] Content) Below(Random random)
    {
        var content = new byte[Length];
        random.NextBytes(content.AsSpan(Length / 3));
        var path = NewPath();
        File.WriteAllBytes(path, content);
        return (BaseDisk.Open(path, Length, _ => { }), content);
    }
}
