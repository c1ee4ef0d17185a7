using Orchestrator.Replication.Source;

namespace Orchestrator.EndToEnd.Tests.Nbd;

public sealed class A_captured_disk_served_to_other_peoples_tools
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Logs_exactly_what_fio_wrote_on_four_connections()
    {
        await using var lab = new NbdLab(32 * MiB, capture: true);
        var output = await NbdLab.SucceedAsync(
            "fio", "--name=verify", "--ioengine=nbd", $"--uri={lab.Uri}", "--numjobs=4", "--size=8M", "--offset_increment=8M",
            "--rw=randwrite", "--bsrange=512-256k", "--blockalign=512", "--iodepth=8", "--verify=crc32c", "--verify_fatal=1", "--do_verify=1",
            "--fsync=64", "--group_reporting");

        output.Should().Contain("err= 0");
        ExpectLogEqualsDisk(lab.Machine!, writes: 100);
    }

    [Fact]
    public async Task Logs_overlapping_writes_of_four_connections_in_disk_order()
    {
        await using var lab = new NbdLab(MiB, capture: true);
        await NbdLab.SucceedAsync(
            "fio", "--name=race", "--ioengine=nbd", $"--uri={lab.Uri}", "--numjobs=4", "--size=1M", "--io_size=8M", "--norandommap",
            "--randrepeat=0", "--rw=randwrite", "--bsrange=512-64k", "--blockalign=512", "--iodepth=8", "--group_reporting");

        ExpectLogEqualsDisk(lab.Machine!, writes: 500);
    }

    [Fact]
    public async Task Logs_what_qemu_img_converted_with_its_holes()
    {
        await using var lab = new NbdLab(16 * MiB, capture: true);
        var source = lab.WriteRandomFile("in", 16 * MiB, seed: 4);
        await NbdLab.SucceedAsync("qemu-img", "convert", "-n", "-W", "-m", "8", "-f", "raw", "-O", "raw", source, lab.Uri);
        await NbdLab.SucceedAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", source, lab.Uri);

        ExpectLogEqualsDisk(lab.Machine!, writes: 2);
    }

    [Fact]
    public async Task Refuses_writes_of_a_connected_client_once_fenced()
    {
        await using var lab = new NbdLab(4 * MiB, capture: true);
        lab.Machine!.Fence(1);
        var (_, output) = await NbdLab.RunAsync("qemu-io", "-f", "raw", "-c", "write -P 1 0 4k", "-c", "read -P 0 0 4k", lab.Uri);

        output.Should().Contain("write failed: Operation not permitted").And.Contain("read 4096/4096").And.NotContain("verification failed");
    }

    private static void ExpectLogEqualsDisk(CapturedMachine machine, int writes)
    {
        var replayed = new byte[machine.DiskLengths[0]];
        var changes = new List<ChangeRecord>();
        var count = 0;
        using var reader = machine.OpenReader(0);
        while (reader.Position < machine.LastSequence)
        {
            changes.Clear();
            reader.Read(changes, 4 * MiB);
            count += changes.Count;
            foreach (var change in changes)
            {
                var range = replayed.AsSpan((int)change.Offset, (int)change.Length);
                if (change.Kind == ChangeKind.Zero)
                {
                    range.Clear();
                }
                else
                {
                    change.Data.Span.CopyTo(range);
                }
            }
        }

        count.Should().BeGreaterThanOrEqualTo(writes);
        var disk = new byte[replayed.Length];
        machine.Disks[0].Read(0, disk);
        disk.AsSpan().SequenceEqual(replayed).Should().BeTrue();
    }
}
