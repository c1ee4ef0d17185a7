using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Tests.Source;

public sealed class A_captured_machine
{
    [Fact]
    public void Numbers_changes_of_all_disks_in_one_sequence()
    {
        using var lab = new CaptureLab();
        using var machine = lab.Open();
        machine.Disks[0].Write(512, [1, 2, 3]);
        machine.Disks[1].Write(0, [4]);
        machine.Disks[0].Trim(4096, 4096);
        machine.Disks[1].Write(8, new byte[100]);
        var mark = machine.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());

        var changes = CaptureLab.ReadAll(machine);

        changes.Select(c => (c.Sequence, c.Kind, c.Disk, c.Offset, c.Length)).Should().Equal(
            (1, ChangeKind.Write, 0, 512, 3), (2, ChangeKind.Write, 1, 0, 1), (3, ChangeKind.Zero, 0, 4096, 4096),
            (4, ChangeKind.Zero, 1, 8, 100), (5, ChangeKind.Mark, 0, 0, 0));
        changes[4].Mark.Should().Be(mark);
        (mark.Epoch, mark.Sequence).Should().Be((1, 5));
    }

    [Fact]
    public async Task Logs_overlapping_writes_of_many_threads_in_the_order_they_reach_the_disk()
    {
        using var lab = new CaptureLab(diskLength: 256 << 10);
        using var machine = lab.Open();
        await WriteFromThreads(machine, threads: 8, writes: 400, seed: 1);

        var replayed = lab.Replay(CaptureLab.ReadAll(machine));

        for (var disk = 0; disk < 2; disk++)
        {
            replayed[disk].AsSpan().SequenceEqual(CaptureLab.Image(machine, disk)).Should().BeTrue();
        }
    }

    [Fact]
    public async Task Logs_racing_writes_of_the_same_sectors_in_the_order_they_reach_the_disk()
    {
        // All threads walk over the disk side by side, so that each sector is a race of its own whose outcome stays visible.
        const int Sectors = 30_000;
        const int Threads = 6;
        using var lab = new CaptureLab(disks: 1, diskLength: Sectors * 512, maxBytes: 256 << 20);
        lab.Options = lab.Options with { SegmentBytes = 16 << 20 };
        using var machine = lab.Open();
        using var abreast = new Barrier(Threads);
        await Task.WhenAll(Enumerable.Range(1, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                var data = new byte[512];
                data.AsSpan().Fill((byte)thread);
                for (var sector = 0; sector < Sectors; sector++)
                {
                    if (sector % 100 == 0)
                    {
                        abreast.SignalAndWait();
                    }

                    machine.Disks[0].Write(sector * 512, data);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        machine.Loss.Should().BeNull();
        Same(lab.Replay(CaptureLab.ReadAll(machine)), CaptureLab.Images(machine)).Should().BeTrue();
    }

    [Fact]
    public async Task Cuts_epochs_that_are_exact_prefixes_over_all_disks()
    {
        // Every writer writes the same number to disk 0 and then to disk 1: at a cut disk 1 may lag by at most one, and never lead.
        using var lab = new CaptureLab(diskLength: 64 << 10);
        using var machine = lab.Open();
        var writers = Enumerable.Range(0, 4).Select(slot => Task.Run(() =>
        {
            for (var i = 1; i <= 500; i++)
            {
                machine.Disks[0].Write(slot * 512, BitConverter.GetBytes(i));
                machine.Disks[1].Write(slot * 512, BitConverter.GetBytes(i));
            }
        })).ToArray();
        for (var i = 0; i < 20; i++)
        {
            machine.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
        }

        await Task.WhenAll(writers);
        var images = new[] { new byte[64 << 10], new byte[64 << 10] };
        var epochs = 0L;
        foreach (var change in CaptureLab.ReadAll(machine))
        {
            CaptureLab.Apply(images, change);
            if (change.Mark is { } mark)
            {
                mark.Epoch.Should().Be(++epochs);
                for (var slot = 0; slot < 4; slot++)
                {
                    var difference = BitConverter.ToInt32(images[0], slot * 512) - BitConverter.ToInt32(images[1], slot * 512);
                    difference.Should().BeInRange(0, 1);
                }
            }
        }

        epochs.Should().Be(20);
    }

    [Fact]
    public void Equals_an_oracle_at_every_mark_whatever_is_written()
    {
        var operation = from kind in Gen.Choose(0, 9)
                        from disk in Gen.Choose(0, 1)
                        from offset in Gen.Choose(0, (128 << 10) - 1)
                        from length in Gen.Frequency((6, Gen.Choose(1, 6000)), (1, Gen.Choose(1, 90_000)))
                        from fill in Gen.Choose(0, 255)
                        select (kind, disk, offset, length, fill: (byte)fill);
        var property = Prop.ForAll(Gen.NonEmptyListOf(operation).ToArbitrary(), operations =>
        {
            using var lab = new CaptureLab(diskLength: 128 << 10);
            using var machine = lab.Open();
            var oracle = new[] { new byte[128 << 10], new byte[128 << 10] };
            var atMarks = new List<byte[][]>();
            foreach (var (kind, disk, offset, wanted, fill) in operations)
            {
                var length = Math.Min(wanted, (128 << 10) - offset);
                if (kind == 0)
                {
                    machine.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
                    atMarks.Add([.. oracle.Select(image => (byte[])image.Clone())]);
                }
                else if (kind == 1)
                {
                    machine.Disks[disk].WriteZeroes(offset, length, fill % 2 == 0);
                    oracle[disk].AsSpan(offset, length).Clear();
                }
                else
                {
                    var data = Enumerable.Range(0, length).Select(i => (byte)(fill == 0 ? 0 : fill + i)).ToArray();
                    machine.Disks[disk].Write(offset, data);
                    data.CopyTo(oracle[disk].AsSpan(offset));
                }
            }

            var replay = new[] { new byte[128 << 10], new byte[128 << 10] };
            var marks = 0;
            foreach (var change in CaptureLab.ReadAll(machine))
            {
                CaptureLab.Apply(replay, change);
                if (change.Mark is not null && !Same(replay, atMarks[marks++]))
                {
                    return false;
                }
            }

            return marks == atMarks.Count && Same(replay, oracle) && Same(oracle, CaptureLab.Images(machine));
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), property);
    }

    [Fact]
    public async Task Wakes_a_reader_that_waits()
    {
        using var lab = new CaptureLab();
        using var machine = lab.Open();
        using var reader = machine.OpenReader(0);
        var waiting = reader.WaitAsync(CancellationToken.None);
        waiting.IsCompleted.Should().BeFalse();

        machine.Disks[0].Write(0, [1]);

        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Gives_a_concurrent_reader_only_whole_changes_in_order()
    {
        using var lab = new CaptureLab(diskLength: 256 << 10);
        using var machine = lab.Open();
        using var reader = machine.OpenReader(0);
        var writing = WriteFromThreads(machine, threads: 4, writes: 500, seed: 2);
        var images = new[] { new byte[256 << 10], new byte[256 << 10] };
        var changes = new List<ChangeRecord>();
        var expected = 1L;
        while (!writing.IsCompleted || reader.Position < machine.LastSequence)
        {
            changes.Clear();
            reader.Read(changes, 64 << 10);
            foreach (var change in changes)
            {
                change.Sequence.Should().Be(expected++);
                CaptureLab.Apply(images, change);
            }

            machine.Release(reader.Position); // Segments are recycled under the reader's feet, but only behind it.
        }

        await writing;
        Same(images, CaptureLab.Images(machine)).Should().BeTrue();
        machine.BacklogBytes.Should().Be(0);
        lab.Segments.Count.Should().BeLessThan(60);
    }

    [Fact]
    public void Reads_a_stable_range_with_the_number_it_belongs_to()
    {
        using var lab = new CaptureLab();
        using var machine = lab.Open();
        machine.Disks[1].Write(100, [7, 8, 9]);
        var buffer = new byte[3];

        machine.ReadStable(1, 100, buffer).Should().Be(1);
        buffer.Should().Equal(7, 8, 9);
    }

    [Fact]
    public void Continues_after_a_clean_close()
    {
        using var lab = new CaptureLab();
        Guid incarnation;
        using (var machine = lab.Open())
        {
            incarnation = machine.Incarnation;
            machine.Disks[0].Write(0, [1]);
            machine.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
        }

        using var again = lab.Open();
        again.Loss.Should().BeNull();
        again.Incarnation.Should().Be(incarnation);
        again.Disks[1].Write(0, [2]);
        again.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid()).Epoch.Should().Be(2);
        CaptureLab.ReadAll(again).Should().HaveCount(4);
    }

    [Fact]
    public void Refuses_a_second_opening()
    {
        using var lab = new CaptureLab();
        using var machine = lab.Open();

        lab.Invoking(l => l.Open()).Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.DiskInUse);
    }

    [Fact]
    public void Begins_a_new_history_when_reset()
    {
        using var lab = new CaptureLab();
        using var machine = lab.Open();
        machine.Disks[0].Write(0, [1]);
        using var reader = machine.OpenReader(0);
        var before = machine.Incarnation;

        machine.Reset();

        machine.Incarnation.Should().NotBe(before);
        machine.LastSequence.Should().Be(0);
        reader.Invoking(r => r.Read([], 1)).Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ChangeLogCorrupt);
        machine.Disks[0].Write(0, [2]);
        machine.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid()).Epoch.Should().Be(1);
        CaptureLab.ReadAll(machine).Should().HaveCount(2);
    }

    internal static Task WriteFromThreads(CapturedMachine machine, int threads, int writes, int seed) =>
        Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            var random = new Random((seed * 1000) + thread);
            var data = new byte[20_000];
            for (var i = 0; i < writes; i++)
            {
                random.NextBytes(data);
                var disk = machine.Disks[random.Next(machine.Disks.Count)];
                var length = random.Next(1, i % 10 == 0 ? data.Length : 4096);
                var offset = random.Next((int)disk.Length - length);
                if (i % 13 == 0)
                {
                    disk.WriteZeroes(offset, length, mayDeallocate: i % 2 == 0);
                }
                else
                {
                    disk.Write(offset, data.AsSpan(0, length));
                }
            }
        })));

    internal static bool Same(byte[][] left, byte[][] right) => left.Zip(right).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
}
