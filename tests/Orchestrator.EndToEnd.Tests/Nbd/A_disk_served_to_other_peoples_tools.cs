using System.Text.Json;

namespace Orchestrator.EndToEnd.Tests.Nbd;

public sealed class A_disk_served_to_other_peoples_tools
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Is_listed_with_its_size_and_abilities()
    {
        await using var lab = new NbdLab(8 * MiB);
        var list = await NbdLab.SucceedAsync("nbdinfo", "--list", "--json", $"nbd+unix:///?socket={lab.SocketPath}");

        var export = JsonDocument.Parse(list).RootElement.GetProperty("exports")[0];
        export.GetProperty("export-name").GetString().Should().Be("disk");
        export.GetProperty("description").GetString().Should().Be("the disk under test");
        export.GetProperty("export-size").GetInt64().Should().Be(8 * MiB);
        export.GetProperty("block_size_maximum").GetInt64().Should().Be(64 * MiB);
        foreach (var ability in new[] { "can_cache", "can_df", "can_fast_zero", "can_flush", "can_fua", "can_multi_conn", "can_trim", "can_zero" })
        {
            export.GetProperty(ability).GetBoolean().Should().BeTrue(ability);
        }
    }

    [Fact]
    public async Task Shows_what_is_allocated()
    {
        await using var lab = new NbdLab(8 * MiB);
        await NbdLab.SucceedAsync("qemu-io", "-f", "raw", "-c", "write -P 7 1M 2M", "-c", "flush", lab.Uri);
        var map = await NbdLab.SucceedAsync("nbdinfo", "--map", "--json", lab.Uri);

        var extents = JsonDocument.Parse(map).RootElement.EnumerateArray()
            .Select(e => (e.GetProperty("offset").GetInt64(), e.GetProperty("length").GetInt64(), e.GetProperty("type").GetInt32()));
        extents.Should().Equal((0, MiB, 3), (MiB, 2 * MiB, 0), (3 * MiB, 5 * MiB, 3));
    }

    [Fact]
    public async Task Holds_what_nbdcopy_put_in_and_gives_it_back()
    {
        await using var lab = new NbdLab(32 * MiB);
        var source = lab.WriteRandomFile("in", 32 * MiB, seed: 1);
        await NbdLab.SucceedAsync("nbdcopy", source, lab.Uri);
        await NbdLab.SucceedAsync("nbdcopy", lab.Uri, lab.PathOf("out"));

        await NbdLab.SucceedAsync("cmp", source, lab.ImagePath);
        await NbdLab.SucceedAsync("cmp", source, lab.PathOf("out"));
    }

    [Fact]
    public async Task Holds_what_qemu_img_converted_into_it()
    {
        await using var lab = new NbdLab(16 * MiB);
        var source = lab.WriteRandomFile("in", 16 * MiB, seed: 2);
        await NbdLab.SucceedAsync("qemu-img", "convert", "-n", "-W", "-m", "8", "-f", "raw", "-O", "raw", source, lab.Uri);

        await NbdLab.SucceedAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", source, lab.Uri);
        var (exitCode, _) = await NbdLab.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", lab.WriteRandomFile("other", 16 * MiB, 3), lab.Uri);
        exitCode.Should().Be(1, "a comparison that cannot fail proves nothing");
    }

    [Fact]
    public async Task Keeps_patterns_zeroes_and_trims_apart()
    {
        await using var lab = new NbdLab(8 * MiB);
        var output = await NbdLab.SucceedAsync(
            "qemu-io", "-f", "raw", "-d", "unmap",
            "-c", "write -P 0xa5 0 4M", "-c", "write -z 512k 1M", "-c", "write -z -u 2M 64k", "-c", "discard 3M 512k",
            "-c", "aio_write -P 0x5a 4M 1M", "-c", "aio_write -f -P 0x5b 5M 64k", "-c", "aio_flush", "-c", "flush",
            "-c", "read -P 0xa5 0 512k", "-c", "read -P 0 512k 1M", "-c", "read -P 0xa5 1536k 512k", "-c", "read -P 0 2M 64k",
            "-c", "read -P 0 3M 512k", "-c", "read -P 0x5a 4M 1M", "-c", "read -P 0x5b 5M 64k", "-c", "read -P 0 7M 1M", lab.Uri);

        output.Should().NotContain("verification failed").And.NotContain("error");
    }

    [Fact]
    public async Task Verifies_under_fio_on_four_connections()
    {
        await using var lab = new NbdLab(64 * MiB);
        var output = await NbdLab.SucceedAsync(
            "fio", "--name=verify", "--ioengine=nbd", $"--uri={lab.Uri}", "--numjobs=4", "--size=16M", "--offset_increment=16M",
            "--rw=randwrite", "--bsrange=4k-256k", "--iodepth=8", "--verify=crc32c", "--verify_fatal=1", "--do_verify=1", "--group_reporting");

        output.Should().Contain("err= 0");
    }
}
