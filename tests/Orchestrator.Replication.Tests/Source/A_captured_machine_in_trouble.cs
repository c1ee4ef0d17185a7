using System.Diagnostics;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Tests.Source;

public sealed class A_captured_machine_in_trouble
{
    [Fact]
    public void Completes_the_writes_a_kill_caught_between_log_and_disk()
    {
        using var lab = new CaptureLab();
        var machine = lab.Open();
        machine.Disks[0].Write(0, [1, 1, 1, 1]);
        machine.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
        machine.Disks[0].Write(0, [2, 2]);
        machine.Disks[0].Write(1, [3, 3]);
        machine.Disks[1].WriteZeroes(0, 512, mayDeallocate: false);
        lab.Kill(machine);
        var times = lab.Options.Disks.Select(File.GetLastWriteTimeUtc).ToList();
        CaptureLab.Edit(lab.DiskPath(0), disk => [1, 1, 1, 1, .. disk[4..]]); // None of the last three reached the disks.
        CaptureLab.Edit(lab.DiskPath(1), disk => [7, .. disk[1..]]);
        lab.Options.Disks.Zip(times).ToList().ForEach(disk => File.SetLastWriteTimeUtc(disk.First, disk.Second));

        using var again = lab.Open();
        CaptureLab.Image(again, 0)[..4].Should().Equal(2, 3, 3, 1);
        CaptureLab.Image(again, 1)[0].Should().Be(0);
        again.LastSequence.Should().Be(5);
    }

    [Fact]
    public void Goes_on_without_recording_when_the_log_is_full_and_remembers_that()
    {
        using var lab = new CaptureLab(disks: 1, maxBytes: 3 * CaptureLab.SegmentBytes);
        var machine = lab.Open();
        for (var i = 0; i < 100; i++)
        {
            machine.Disks[0].Write(i * 4096, [(byte)(i + 1)]);
            machine.Disks[0].Write((i * 4096) + 1, new byte[4000].Select(_ => (byte)(i + 1)).ToArray());
        }

        machine.Loss!.Code.Should().Be(ErrorCodes.ChangeLogFull);
        machine.Loss.Message.Should().Contain("limit").And.Contain("resync");
        CaptureLab.Image(machine, 0)[99 * 4096].Should().Be(100);
        lab.Segments.Should().HaveCountLessThanOrEqualTo(3);
        machine.Invoking(m => m.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid())).Should().Throw<ReplicationException>()
            .Which.Code.Should().Be(ErrorCodes.ChangeLogFull);
        CaptureLab.ReadAll(machine).Should().HaveCountGreaterThan(10, "what was recorded can still be shipped");

        lab.Kill(machine);
        using var again = lab.Open();
        again.Loss!.Code.Should().Be(ErrorCodes.ChangeLogFull);
        again.Reset();
        again.Loss.Should().BeNull();
        again.Disks[0].Write(0, [5]);
        CaptureLab.ReadAll(again).Should().ContainSingle();
    }

    [Fact]
    public void Remembers_a_loss_even_when_only_the_mapped_mark_of_it_was_written()
    {
        using var lab = new CaptureLab(disks: 1);
        var machine = lab.Open();
        machine.Disks[0].Write(0, [1]);
        lab.Kill(machine);
        CaptureLab.Edit(Path.Combine(lab.Options.LogDirectory, "head"), bytes =>
        {
            bytes[8] = 1;
            return bytes;
        });

        using var again = lab.Open();
        again.Loss.Should().NotBeNull();
    }

    [Fact]
    public async Task Goes_on_when_the_disk_of_the_log_is_full()
    {
        await using var full = await SmallFileSystem.MountAsync("1m");
        using var lab = new CaptureLab(disks: 1);
        lab.Options = lab.Options with { LogDirectory = Path.Combine(full.Path, "log") };
        using var machine = lab.Open();
        for (var i = 0; i < 300; i++)
        {
            machine.Disks[0].Write(i * 2048, Enumerable.Repeat((byte)(i + 1), 8000).ToArray());
        }

        machine.Loss!.Code.Should().Be(ErrorCodes.ChangeLogFull);
        machine.Loss.Message.Should().Contain("No space left");
        machine.Disks[0].Flush();
    }

    [Fact]
    public async Task Keeps_log_and_disk_equal_when_the_disk_itself_runs_full()
    {
        await using var full = await SmallFileSystem.MountAsync("1m");
        using var lab = new CaptureLab(disks: 1, diskLength: 512);
        var disk = Path.Combine(full.Path, "thin.raw");
        using (var file = File.Create(disk))
        {
            file.SetLength(4 << 20);
        }

        lab.Options = lab.Options with { Disks = [disk] };
        using var machine = lab.Open();
        machine.Disks[0].Write(0, Enumerable.Repeat((byte)1, 900_000).ToArray());
        var codes = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            try
            {
                machine.Disks[0].Write(800_000 + (i * 50_000), Enumerable.Repeat((byte)(i + 2), 60_000).ToArray());
            }
            catch (ReplicationException error)
            {
                codes.Add(error.Code);
            }
        }

        codes.Should().Equal(ErrorCodes.DiskFull);
        machine.Loss.Should().BeNull();
        var replayed = new byte[4 << 20];
        CaptureLab.ReadAll(machine).ForEach(change => CaptureLab.Apply([replayed], change));
        replayed.AsSpan().SequenceEqual(CaptureLab.Image(machine, 0)).Should().BeTrue();
    }

    [Fact]
    public void Refuses_writes_while_fenced_also_after_a_restart()
    {
        using var lab = new CaptureLab();
        var machine = lab.Open();
        machine.Disks[0].Write(0, [1]);
        machine.Fence(3);
        ExpectFenced(machine);
        machine.Invoking(m => m.Unfence(2)).Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.Fenced);
        lab.Kill(machine);

        using var again = lab.Open();
        again.Loss.Should().BeNull();
        ExpectFenced(again);
        again.Unfence(4);
        again.Disks[0].Write(0, [2]);
        again.Invoking(m => m.Fence(3)).Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.Fenced);
        again.Disks[0].Write(0, [3]);
        again.LastSequence.Should().Be(3);
    }

    [Fact]
    public void Asks_for_a_resync_when_a_disk_was_changed_while_it_was_closed()
    {
        using var lab = new CaptureLab();
        using (var machine = lab.Open())
        {
            machine.Disks[0].Write(0, [1]);
        }

        CaptureLab.Edit(lab.DiskPath(1), disk => [9, .. disk[1..]]);

        using var again = lab.Open();
        again.Loss!.Code.Should().Be(ErrorCodes.DiskChangedOffline);
        again.Loss.Message.Should().Contain(lab.DiskPath(1));
    }

    [Fact]
    public void Asks_for_a_resync_when_a_disk_was_changed_long_after_a_kill()
    {
        using var lab = new CaptureLab();
        var machine = lab.Open();
        machine.Disks[0].Write(0, [1]);
        lab.Kill(machine);
        File.SetLastWriteTimeUtc(lab.DiskPath(0), File.GetLastWriteTimeUtc(lab.DiskPath(0)).AddMinutes(1));

        using var again = lab.Open();
        again.Loss!.Code.Should().Be(ErrorCodes.DiskChangedOffline);
    }

    [Fact]
    public void Asks_for_a_resync_when_a_disk_was_resized()
    {
        using var lab = new CaptureLab();
        lab.Open().Dispose();
        CaptureLab.Edit(lab.DiskPath(0), disk => [.. disk, .. new byte[512]]);

        using var again = lab.Open();
        again.Loss!.Code.Should().Be(ErrorCodes.DiskChangedOffline);
    }

    [Fact]
    public void Asks_for_a_resync_after_the_host_died()
    {
        using var lab = new CaptureLab();
        lab.Options = lab.Options with { BootId = Guid.NewGuid() };
        var machine = lab.Open();
        machine.Disks[0].Write(0, [1]);
        lab.Kill(machine);
        lab.Options = lab.Options with { BootId = Guid.NewGuid() };

        using var again = lab.Open();
        again.Loss!.Message.Should().Contain("host");
    }

    [Fact]
    public void Needs_no_resync_after_a_clean_reboot()
    {
        using var lab = new CaptureLab();
        lab.Options = lab.Options with { BootId = Guid.NewGuid() };
        using (var machine = lab.Open())
        {
            machine.Disks[0].Write(0, [1]);
        }

        lab.Options = lab.Options with { BootId = Guid.NewGuid() };
        using var again = lab.Open();
        again.Loss.Should().BeNull();
        again.LastSequence.Should().Be(1);
    }

    [Fact]
    public void Refuses_to_read_what_was_released()
    {
        using var lab = new CaptureLab();
        using var machine = lab.Open();
        machine.Disks[0].Write(0, [1]);
        machine.Disks[0].Write(0, [2]);
        machine.Release(1);

        machine.Invoking(m => m.OpenReader(0)).Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ChangeLogCorrupt);
        CaptureLab.ReadAll(machine, 1).Should().ContainSingle();
    }

    [Fact]
    public void Refuses_a_limit_too_small_for_its_disks() =>
        FluentActions.Invoking(() => CapturedMachine.Open(new CaptureOptions
        {
            LogDirectory = Path.GetTempPath(), Disks = ["a", "b"], Ids = Guid.NewGuid, SegmentBytes = 1 << 20, MaxBytes = 2 << 20,
        })).Should().Throw<ArgumentException>().WithMessage("*one more*");

    private static void ExpectFenced(CapturedMachine machine)
    {
        machine.IsFenced.Should().BeTrue();
        foreach (var change in new Action[]
        {
            () => machine.Disks[1].Write(0, [1]), () => machine.Disks[0].Trim(0, 512), () => machine.Disks[0].WriteZeroes(0, 512, false),
        })
        {
            change.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.Fenced);
        }

        machine.Disks[0].Read(0, new byte[1]);
        machine.Disks[0].Flush();
    }
}

/// <summary>A tmpfs of a given size; needs root.</summary>
internal sealed class SmallFileSystem : IAsyncDisposable
{
    public required string Path { get; init; }

    public static async Task<SmallFileSystem> MountAsync(string size)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "needs root to mount a tmpfs");
        var path = Directory.CreateTempSubdirectory("small-").FullName;
        await RunAsync("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", path);
        return new SmallFileSystem { Path = path };
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", "-l", Path); // Lazily: the machine's maps go after this.
        Directory.Delete(Path);
    }

    private static async Task RunAsync(string tool, params string[] arguments)
    {
        using var process = Process.Start(tool, arguments);
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0);
    }
}
