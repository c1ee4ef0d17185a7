using System.Buffers.Binary;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Tests.Source;

public sealed class A_captured_machine_whose_process_fails
{
    private const int Threads = 4;
    private const int SectorsPerThread = 64;
    private const int Sector = 512;

    [Fact]
    public void Keeps_every_answered_write_on_disk_and_in_the_log_when_killed()
    {
        using var lab = new CaptureLab(diskLength: Threads * SectorsPerThread * Sector, maxBytes: 256 << 20);
        for (var round = 0; round < 3; round++)
        {
            using (var child = new Child(nameof(Child_writes_stamps_for_ever), lab.Root))
            {
                SpinWait.SpinUntil(() => child.HasExited || Answered(lab).Length > (round + 1) * 3000, TimeSpan.FromSeconds(60)).Should().BeTrue();
                child.HasExited.Should().BeFalse(child.Output);
                child.Kill();
            }

            using var machine = lab.Open();
            machine.Loss.Should().BeNull();
            ExpectEveryPromise(Answered(lab), CaptureLab.Images(machine));
            A_captured_machine.Same(lab.Replay(CaptureLab.ReadAll(machine)), CaptureLab.Images(machine)).Should().BeTrue();
        }
    }

    [Fact]
    public void Acknowledges_nothing_after_a_failed_flush()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "needs strace");
        using var lab = new CaptureLab(disks: 1);
        using var child = new Child(
            nameof(Child_flushes_ten_times), lab.Root,
            "strace", "-f", "-qq", "-o", "/dev/null", "-P", lab.DiskPath(0), "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=4");
        child.WaitForExit();

        File.ReadAllLines(Child.Promises(lab.Root)).Should().Equal(
            "flush 0", "flush 1", "flush 2", "ORC2005", "ORC2005", "ORC2005", "ORC2005", "ORC2005", "ORC2005", "ORC2005");
        using var machine = lab.Open();
        machine.Loss!.Code.Should().Be(ErrorCodes.FlushFailed, "the disk may have lost what the log holds");
    }

    [Fact]
    public void Gives_up_the_log_and_not_the_guest_when_the_log_cannot_be_flushed()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "needs strace");
        using var lab = new CaptureLab(disks: 1);
        lab.Open().Dispose(); // The segments exist from now on, so that their path can be named.
        using var child = new Child(
            nameof(Child_flushes_ten_times), lab.Root,
            [
                "strace", "-f", "-qq", "-o", "/dev/null", .. lab.Segments.SelectMany(segment => new[] { "-P", segment }),
                "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=3",
            ]);
        child.WaitForExit();

        File.ReadAllLines(Child.Promises(lab.Root)).Should().Equal(Enumerable.Range(0, 10).Select(i => $"flush {i}"));
        using var machine = lab.Open();
        machine.Loss!.Code.Should().Be(ErrorCodes.FlushFailed);
    }

    [Fact]
    public void Cuts_no_epoch_before_every_write_of_it_reached_the_disk()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "needs strace");
        using var lab = new CaptureLab(disks: 1);
        using var child = new Child(
            nameof(Child_cuts_an_epoch_while_a_write_is_slow), lab.Root,
            "strace", "-f", "-qq", "-o", "/dev/null", "-P", lab.DiskPath(0), "-e", "trace=pwrite64", "-e", "inject=pwrite64:delay_enter=1s:when=1");
        child.WaitForExit();

        File.ReadAllLines(Child.Promises(lab.Root)).Should().Equal("numbered, on disk: 0", "cut, on disk: 7");
    }

    [Fact(Explicit = true)]
    public async Task Child_cuts_an_epoch_while_a_write_is_slow()
    {
        var lab = new CaptureLab(disks: 1, parent: Parent());
        using var machine = lab.Open();
        var write = Task.Run(() => machine.Disks[0].Write(0, [7]));
        SpinWait.SpinUntil(() => machine.LastSequence == 1);
        var before = CaptureLab.Image(machine, 0)[0];
        machine.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
        var after = CaptureLab.Image(machine, 0)[0];
        File.WriteAllLines(Child.Promises(lab.Root), [$"numbered, on disk: {before}", $"cut, on disk: {after}"]);
        await write;
    }

    [Fact(Explicit = true)]
    public async Task Child_writes_stamps_for_ever()
    {
        var lab = new CaptureLab(diskLength: Threads * SectorsPerThread * Sector, maxBytes: 256 << 20, parent: Parent());
        var machine = lab.Open();
        using var promises = new FileStream(Child.Promises(lab.Root), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() => WriteStamps(machine, promises, thread))));
    }

    [Fact(Explicit = true)]
    public void Child_flushes_ten_times()
    {
        var lab = new CaptureLab(disks: 1, parent: Parent());
        using var machine = lab.Open();
        for (var i = 0; i < 10; i++)
        {
            string line;
            try
            {
                machine.Disks[0].Write(i * Sector, [(byte)(i + 1)]);
                machine.Disks[0].Flush();
                line = $"flush {i}";
            }
            catch (ReplicationException error)
            {
                line = error.Code;
            }

            File.AppendAllText(Child.Promises(lab.Root), line + "\n");
        }
    }

    private static string Parent() => Environment.GetEnvironmentVariable(Child.LabVariable)!;

    private static void WriteStamps(CapturedMachine machine, FileStream promises, int thread)
    {
        // Stamps go on where the last process stopped, so that "at least the answered one" stays a strict test.
        var random = new Random(thread + Environment.ProcessId);
        var sector = new byte[Sector];
        Span<byte> promise = stackalloc byte[16];
        for (var stamp = LastStamp(machine, thread) + 1; ; stamp++)
        {
            var disk = random.Next(machine.Disks.Count);
            var index = (thread * SectorsPerThread) + random.Next(SectorsPerThread);
            sector.AsSpan().Fill((byte)stamp);
            BinaryPrimitives.WriteInt64LittleEndian(sector, stamp);
            BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(Sector - 8), stamp);
            machine.Disks[disk].Write(index * Sector, sector);
            if (stamp % 50 == 0)
            {
                machine.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
            }

            BinaryPrimitives.WriteInt32LittleEndian(promise, disk);
            BinaryPrimitives.WriteInt32LittleEndian(promise[4..], index);
            BinaryPrimitives.WriteInt64LittleEndian(promise[8..], stamp);
            lock (promises)
            {
                promises.Write(promise);
            }
        }
    }

    private static long LastStamp(CapturedMachine machine, int thread) => CaptureLab.Images(machine).Max(image =>
        Enumerable.Range(thread * SectorsPerThread, SectorsPerThread).Max(sector => BitConverter.ToInt64(image, sector * Sector)));

    private static (int Disk, int Sector, long Stamp)[] Answered(CaptureLab lab)
    {
        if (!File.Exists(Child.Promises(lab.Root)))
        {
            return [];
        }

        using var file = new FileStream(Child.Promises(lab.Root), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length / 16 * 16];
        file.ReadExactly(bytes);
        return [.. bytes.Chunk(16).Select(p => (BitConverter.ToInt32(p), BitConverter.ToInt32(p, 4), BitConverter.ToInt64(p, 8)))];
    }

    private static void ExpectEveryPromise((int Disk, int Sector, long Stamp)[] promises, byte[][] images)
    {
        foreach (var last in promises.GroupBy(p => (p.Disk, p.Sector)).Select(group => group.MaxBy(p => p.Stamp)))
        {
            var sector = images[last.Disk].AsSpan(last.Sector * Sector, Sector);
            var stamp = BinaryPrimitives.ReadInt64LittleEndian(sector);
            stamp.Should().BeGreaterThanOrEqualTo(last.Stamp);
            BinaryPrimitives.ReadInt64LittleEndian(sector[(Sector - 8)..]).Should().Be(stamp, "no sector is torn");
        }
    }
}
