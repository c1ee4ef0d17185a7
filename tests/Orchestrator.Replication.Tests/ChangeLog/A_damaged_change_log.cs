using Orchestrator.Replication.Source;
using Orchestrator.Replication.Tests.Source;

namespace Orchestrator.Replication.Tests.ChangeLog;

public sealed class A_damaged_change_log
{
    private const int HeaderSize = 64;

    [Fact]
    public void Is_detected_when_any_byte_of_a_header_in_the_middle_changed()
    {
        for (var at = 0; at < HeaderSize; at++)
        {
            using var lab = KilledAfterWrites(6);
            var (path, position) = lab.Find(3);
            CaptureLab.Flip(path, position + at);

            ExpectLoss(lab, ErrorCodes.ChangeLogCorrupt, $"byte {at} of the header");
        }
    }

    [Fact]
    public void Is_detected_when_any_byte_of_the_last_header_changed()
    {
        // By its bytes alone this is a torn tail; but it was published, and so perhaps answered.
        for (var at = 0; at < HeaderSize; at++)
        {
            using var lab = KilledAfterWrites(3);
            var (path, position) = lab.Find(3);
            CaptureLab.Flip(path, position + at);

            ExpectLoss(lab, ErrorCodes.ChangeLogCorrupt, $"byte {at} of the header");
        }
    }

    [Fact]
    public void Is_detected_when_a_file_was_cut_at_any_byte_of_a_header()
    {
        for (var at = 0; at < HeaderSize; at++)
        {
            using var lab = KilledAfterWrites(6);
            var (path, position) = lab.Find(5);
            CaptureLab.Edit(path, bytes => bytes[..(position + at)]);

            ExpectLoss(lab, ErrorCodes.ChangeLogCorrupt, $"cut at byte {at}");
        }
    }

    [Fact]
    public void Is_cut_cleanly_when_its_last_record_was_torn_at_any_byte()
    {
        for (var at = 0; at < HeaderSize; at++)
        {
            using var lab = KilledAfterWrites(3);
            Tear(lab, 3, at);
            using var machine = lab.Open();

            machine.Loss.Should().BeNull($"a record torn at byte {at} was never published");
            machine.LastSequence.Should().Be(2);
            machine.Disks[0].Write(0, [9]);
            CaptureLab.ReadAll(machine).Select(c => c.Sequence).Should().Equal(1, 2, 3);
        }
    }

    [Fact]
    public void Forgets_a_torn_record_for_good()
    {
        using var lab = KilledAfterWrites(3);
        var (path, position) = lab.Find(3);
        SetPublished(lab, 2);
        CaptureLab.Flip(path, position + HeaderSize); // Its data is torn, its header is intact.
        using (var machine = lab.Open())
        {
            machine.LastSequence.Should().Be(2);
        }

        CaptureLab.Flip(path, position + HeaderSize); // Even if the data were right again:
        using var again = lab.Open();
        again.LastSequence.Should().Be(2);
    }

    [Fact]
    public void Drops_a_mark_that_reached_only_some_logs()
    {
        using var lab = new CaptureLab(parent: Fast());
        var machine = lab.Open();
        machine.Disks[0].Write(0, [1]);
        machine.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
        lab.Kill(machine);
        SetPublished(lab, 1);
        var (path, position) = lab.Find(2); // One of the two.
        CaptureLab.Flip(path, position + 20);

        using var again = lab.Open();
        again.Loss.Should().BeNull();
        again.LastSequence.Should().Be(1);
        again.Disks[1].Write(0, [1]);
        again.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid()).Epoch.Should().Be(1);
        CaptureLab.ReadAll(again).Select(c => c.Kind).Should().Equal(ChangeKind.Write, ChangeKind.Write, ChangeKind.Mark);
    }

    [Fact]
    public void Is_detected_when_data_changed_before_it_is_opened_after_a_kill()
    {
        using var lab = KilledAfterWrites(6);
        var (path, position) = lab.Find(2);
        CaptureLab.Flip(path, position + HeaderSize + 10);

        ExpectLoss(lab, ErrorCodes.ChangeLogCorrupt, "data changed");
    }

    [Fact]
    public void Is_detected_at_reading_when_data_changed_after_a_clean_close()
    {
        using var lab = new CaptureLab(parent: Fast());
        using (var machine = lab.Open())
        {
            Write(machine, 6);
        }

        var (path, position) = lab.Find(4);
        CaptureLab.Flip(path, position + HeaderSize + 10);
        using (var machine = lab.Open())
        {
            machine.Loss.Should().BeNull("after a clean close data is checked when it is read");
            machine.Invoking(m => CaptureLab.ReadAll(m)).Should().Throw<ReplicationException>()
                .Which.Code.Should().Be(ErrorCodes.ChangeLogCorrupt);
            machine.Loss!.Code.Should().Be(ErrorCodes.ChangeLogCorrupt);
            machine.Disks[0].Write(0, [1]);
        }

        ExpectLoss(lab, ErrorCodes.ChangeLogCorrupt, "a loss stays until the log is reset");
    }

    [Fact]
    public void Is_detected_when_a_segment_is_missing()
    {
        using var lab = new CaptureLab(disks: 1, parent: Fast());
        var machine = lab.Open();
        for (var i = 0; i < 30; i++)
        {
            machine.Disks[0].Write(i * 8192, Pattern(8192, i));
        }

        lab.Kill(machine);
        File.Delete(lab.Find(15).Path);

        ExpectLoss(lab, ErrorCodes.ChangeLogCorrupt, "segment missing");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    public void Keeps_its_fence_when_either_copy_of_the_control_file_is_damaged(int copy)
    {
        using var lab = new CaptureLab(parent: Fast());
        var machine = lab.Open();
        Write(machine, 3);
        machine.Fence(5);
        lab.Kill(machine);
        CaptureLab.Flip(lab.ControlPath, copy + 30);

        using var again = lab.Open();
        again.Loss.Should().BeNull();
        again.LastSequence.Should().Be(3);
        (again.IsFenced, again.Activation).Should().Be((true, 5));
    }

    [Fact]
    public void Refuses_writes_when_the_control_file_is_destroyed_because_the_fence_is_unknown()
    {
        using var lab = KilledAfterWrites(3);
        CaptureLab.Edit(lab.ControlPath, bytes =>
        {
            bytes[30] ^= 1;
            bytes[65536 + 30] ^= 1;
            return bytes;
        });

        using var machine = lab.Open();
        machine.Loss!.Code.Should().Be(ErrorCodes.ChangeLogCorrupt);
        machine.IsFenced.Should().BeTrue();
        machine.Unfence(7);
        machine.Reset();
        machine.Disks[0].Write(0, [1]);
        machine.LastSequence.Should().Be(1);
    }

    [Fact]
    public void Ignores_old_records_in_a_recycled_segment()
    {
        // Same sizes and places in every use, so an old record stands exactly where the scan looks after the last new one.
        using var lab = new CaptureLab(disks: 1, maxBytes: 2 * CaptureLab.SegmentBytes, parent: Fast());
        var machine = lab.Open();
        for (var i = 0; i < 100; i++)
        {
            machine.Disks[0].Write((i % 16) * 4096, Pattern(4096, i));
            machine.Release(machine.LastSequence);
        }

        machine.Loss.Should().BeNull("releasing in time keeps two segments enough");
        lab.Segments.Should().HaveCount(2);
        var expected = CaptureLab.Images(machine);
        lab.Kill(machine);
        using var again = lab.Open();

        again.Loss.Should().BeNull();
        again.LastSequence.Should().Be(100);
        CaptureLab.Images(again).Zip(expected).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)).Should().BeTrue();
    }

    [Fact]
    public void Ignores_records_of_an_earlier_history_that_carry_the_next_number()
    {
        using var lab = new CaptureLab(disks: 1, maxBytes: 2 * CaptureLab.SegmentBytes, parent: Fast());
        var machine = lab.Open();
        Write(machine, 10);
        machine.Reset();
        Write(machine, 10);
        machine.Reset(); // Both segments now hold records 1 to 10 of other histories.
        Write(machine, 3);
        lab.Kill(machine);

        using var again = lab.Open();
        again.Loss.Should().BeNull();
        again.LastSequence.Should().Be(3);
    }

    private static void ExpectLoss(CaptureLab lab, string code, string because)
    {
        using var machine = lab.Open();
        machine.Loss.Should().NotBeNull(because);
        machine.Loss!.Code.Should().Be(code, because);
        machine.Disks[0].Write(0, [1, 2, 3]); // The guest does not notice.
        machine.Reset();
        machine.Loss.Should().BeNull();
    }

    private static CaptureLab KilledAfterWrites(int count)
    {
        var lab = new CaptureLab(disks: 1, parent: Fast());
        var machine = lab.Open();
        Write(machine, count);
        lab.Kill(machine);
        return lab;
    }

    private static void Write(CapturedMachine machine, int count)
    {
        for (var i = 0; i < count; i++)
        {
            machine.Disks[0].Write(i * 512, Pattern(512, i));
        }
    }

    private static byte[] Pattern(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Makes the record look as if the process was killed after <paramref name="bytes"/> of its header.</summary>
    private static void Tear(CaptureLab lab, long sequence, int bytes)
    {
        var (path, position) = lab.Find(sequence);
        CaptureLab.Edit(path, content =>
        {
            content.AsSpan(position + bytes, HeaderSize - bytes).Clear();
            return content;
        });
        SetPublished(lab, sequence - 1);
    }

    private static void SetPublished(CaptureLab lab, long sequence) => CaptureLab.Edit(Path.Combine(lab.Options.LogDirectory, "head"), bytes =>
    {
        BitConverter.GetBytes(sequence).CopyTo(bytes, 0);
        return bytes;
    });

    private static string Fast() => Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"log-{Guid.NewGuid():N}");
}
