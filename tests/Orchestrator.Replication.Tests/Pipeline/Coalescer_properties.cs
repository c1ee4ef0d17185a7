using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Tests.Protocol;

namespace Orchestrator.Replication.Tests.Pipeline;

public sealed class Coalescer_properties
{
    private const int DiskLength = 30_000;

    [Fact]
    public void Equals_replaying_every_change_in_order() => Prop.ForAll(Changes.Seeds, seed =>
    {
        var random = new Random(seed);
        var coalescer = new Coalescer();
        var expected = Enumerable.Range(0, 2).Select(_ => Noise(random)).ToArray();
        var actual = expected.Select(disk => (byte[])disk.Clone()).ToArray();
        var next = 0; // Often a change begins where the one before ended: sequential runs into what is there already.
        for (var i = random.Next(1, 120); i > 0; i--)
        {
            next = Change(random, coalescer, expected, random.Next(2) == 0 ? next : random.Next(DiskLength));
        }

        foreach (var change in coalescer.Build())
        {
            var range = actual[change.Disk].AsSpan((int)change.Offset, (int)change.Length);
            if (change.IsZero)
            {
                range.Clear();
            }
            else
            {
                change.Data.Span.CopyTo(range);
            }
        }

        Laboratory.AssertEqual(actual, expected, $"seed {seed}");
        RequireSorted(coalescer);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_block_written_again_and_again_takes_its_space_once()
    {
        var coalescer = new Coalescer();
        coalescer.AddChunk(new byte[8192]);
        coalescer.Write(0, 4096, Enumerable.Repeat((byte)1, 4096).ToArray());
        for (byte i = 2; i < 100; i++)
        {
            coalescer.TryOverwrite(0, 4100, Enumerable.Repeat(i, 1000).ToArray()).Should().BeTrue();
        }

        coalescer.Free.Should().Be(4096);
        coalescer.Build().Should().ContainSingle().Which.Data.Span[10].Should().Be(99);
    }

    [Fact]
    public void Aligned_blocks_of_zeroes_carry_no_data()
    {
        var coalescer = new Coalescer();
        coalescer.AddChunk(new byte[64 * 1024]);
        var data = new byte[5 * 4096];
        data[2 * 4096] = 1;
        coalescer.Write(0, 100 * 4096, data);

        coalescer.Build().Select(change => (change.Offset / 4096, change.Length / 4096, change.IsZero)).Should().Equal(
            (100L, 2L, true), (102L, 1L, false), (103L, 2L, true));
    }

    [Fact]
    public void Small_sequential_writes_become_one_interval()
    {
        var coalescer = new Coalescer();
        coalescer.AddChunk(new byte[8192]);
        for (var i = 0; i < 16; i++)
        {
            coalescer.Write(0, i * 512, Enumerable.Repeat((byte)7, 512).ToArray());
        }

        coalescer.Intervals.Should().Be(1);
    }

    private static int Change(Random random, Coalescer coalescer, byte[][] disks, int offset)
    {
        var disk = random.Next(8) / 7;
        offset %= DiskLength;
        var data = new byte[random.Next(1, Math.Min(9000, DiskLength - offset + 1))];
        random.NextBytes(data);
        if (random.Next(4) == 0)
        {
            coalescer.Zero(disk, offset, data.Length);
            disks[disk].AsSpan(offset, data.Length).Clear();
            return offset + data.Length;
        }

        if (random.Next(3) == 0)
        {
            Array.Clear(data);
        }

        data.CopyTo(disks[disk], offset);
        while (data.Length > 0 && !coalescer.TryOverwrite(disk, offset, data))
        {
            if (coalescer.Free == 0)
            {
                coalescer.AddChunk(new byte[random.Next(1, 5000)]);
            }

            var taken = coalescer.Write(disk, offset, data);
            offset += taken;
            data = data[taken..];
        }

        return offset + data.Length;
    }

    private static void RequireSorted(Coalescer coalescer)
    {
        var changes = coalescer.Build();
        changes.Zip(changes.Skip(1)).All(pair => pair.First.Disk < pair.Second.Disk
            || (pair.First.Disk == pair.Second.Disk && pair.First.Offset + pair.First.Length <= pair.Second.Offset)).Should().BeTrue();
    }

    private static byte[] Noise(Random random)
    {
        var noise = new byte[DiskLength];
        random.NextBytes(noise);
        return noise;
    }
}
