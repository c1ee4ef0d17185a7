using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Tests.Blocks;

public sealed class A_file_disk : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("disk-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Refuses_what_is_not_there()
    {
        CodeOf(() => FileDisk.Open(Path.Combine(_directory, "none"))).Should().Be(ErrorCodes.DiskNotFound);
        CodeOf(() => FileDisk.Open(_directory)).Should().Be(ErrorCodes.DiskNotFound);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(511)]
    [InlineData(1025)]
    public void Refuses_what_is_no_whole_number_of_sectors(int length) =>
        CodeOf(() => FileDisk.Open(Image(length))).Should().Be(ErrorCodes.DiskTooSmall);

    [Fact]
    public void Excludes_a_second_writer_and_a_reader()
    {
        var image = Image(4096);
        using (FileDisk.Open(image))
        {
            CodeOf(() => FileDisk.Open(image)).Should().Be(ErrorCodes.DiskInUse);
            CodeOf(() => FileDisk.Open(image, readOnly: true)).Should().Be(ErrorCodes.DiskInUse);
        }

        using var reader = FileDisk.Open(image, readOnly: true);
        using var another = FileDisk.Open(image, readOnly: true);
        CodeOf(() => FileDisk.Open(image)).Should().Be(ErrorCodes.DiskInUse);
    }

    [Fact]
    public void Refuses_changes_when_opened_for_reading()
    {
        using var disk = FileDisk.Open(Image(4096), readOnly: true);
        CodeOf(() => disk.Write(0, [1])).Should().Be(ErrorCodes.ReadOnly);
        CodeOf(() => disk.Trim(0, 512)).Should().Be(ErrorCodes.ReadOnly);
        disk.Flush();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Zeroes_any_range_and_nothing_else(bool mayDeallocate)
    {
        using var disk = FileDisk.Open(Image(1 << 20));
        disk.Write(0, [.. Enumerable.Repeat((byte)7, 1 << 20)]);
        disk.WriteZeroes(1000, 500_001, mayDeallocate);
        var content = new byte[1 << 20];
        disk.Read(0, content);

        content.AsSpan(1000, 500_001).ContainsAnyExcept((byte)0).Should().BeFalse();
        content.AsSpan(0, 1000).ContainsAnyExcept((byte)7).Should().BeFalse();
        content.AsSpan(501_001).ContainsAnyExcept((byte)7).Should().BeFalse();
    }

    [Fact]
    public void Describes_its_extents_completely()
    {
        using var disk = FileDisk.Open(Image(1 << 20));
        disk.Write(256 << 10, new byte[4096]);
        var extents = disk.GetExtents(1000, 900_000);

        extents.Sum(extent => extent.Length).Should().Be(900_000);
        extents.Select(extent => extent.IsZero).Should().Equal(true, false, true);
        extents[1].Should().Be(new BlockExtent(256 << 10, 4096, false, false));
    }

    [Fact]
    public void Opens_a_block_device_by_its_real_size()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/sbin/losetup"), "needs root and losetup");
        var image = Image(1 << 20);
        var device = Run("/sbin/losetup", "-f", "--show", image);
        Assert.SkipWhen(device.Length == 0, "needs a free loop device");
        try
        {
            using var disk = FileDisk.Open(device);
            disk.IsDevice.Should().BeTrue();
            disk.Length.Should().Be(1 << 20);
            disk.Write(4096, [1, 2, 3]);
            disk.Trim(0, 4096);
            disk.Flush();
            var bytes = new byte[3];
            disk.Read(4096, bytes);
            bytes.Should().Equal(1, 2, 3);
            CodeOf(() => FileDisk.Open(device)).Should().Be(ErrorCodes.DiskInUse);
        }
        finally
        {
            Run("/sbin/losetup", "-d", device);
        }
    }

    private static string Run(string tool, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Trim();
    }

    private static string CodeOf(Action action) => action.Should().Throw<ReplicationException>().Which.Code;

    private string Image(int length)
    {
        var path = Path.Combine(_directory, $"{length}.raw");
        using var file = File.Create(path);
        file.SetLength(length);
        return path;
    }
}
