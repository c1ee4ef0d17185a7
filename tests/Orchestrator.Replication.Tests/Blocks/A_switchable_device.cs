using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Tests.Blocks;

public sealed class A_switchable_device : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("switch-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Forwards_to_the_device_of_the_moment()
    {
        using var device = new SwitchableDevice(Disk("a", 4096));
        device.Write(0, [1]);
        using var old = device.Exchange(Disk("b", 4096));
        device.Write(0, [2]);

        ByteOf(old).Should().Be(1);
        ByteOf(device).Should().Be(2);
        using var other = Disk("c", 8192);
        device.Invoking(d => d.Exchange(other)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public async Task Never_exchanges_under_a_call_in_flight()
    {
        using var probe = new Probe();
        using var next = new Probe();
        using var device = new SwitchableDevice(probe);
        var write = OnItsOwnThread(() => device.Write(0, [1]));
        probe.Entered.Wait(TimeSpan.FromSeconds(10)).Should().BeTrue();
        var hadLeft = false;
        var exchange = OnItsOwnThread(() =>
        {
            device.Exchange(next);
            hadLeft = probe.HasLeft;
        });
        var late = OnItsOwnThread(() => device.Write(0, [1]));
        SpinWait.SpinUntil(() => exchange.IsCompleted, TimeSpan.FromMilliseconds(200)).Should().BeFalse();

        probe.Release.Set();
        next.Release.Set();
        await Task.WhenAll(exchange, write, late).WaitAsync(TimeSpan.FromSeconds(10));
        hadLeft.Should().BeTrue();
    }

    [Fact]
    public async Task Holds_calls_while_paused()
    {
        using var device = new SwitchableDevice(Disk("a", 4096));
        device.Pause();
        var write = OnItsOwnThread(() => device.Write(0, [5]));
        using var old = device.Exchange(Disk("b", 4096));
        write.IsCompleted.Should().BeFalse();
        device.Resume();
        await write.WaitAsync(TimeSpan.FromSeconds(10));

        ByteOf(device).Should().Be(5);
        ByteOf(old).Should().Be(0);
    }

    [Fact]
    public async Task Fails_held_calls_when_disposed_of()
    {
        var device = new SwitchableDevice(Disk("a", 4096));
        device.Pause();
        var write = OnItsOwnThread(() => device.Write(0, [5]));
        device.Dispose();
        await write.Awaiting(w => w).Should().ThrowAsync<ReplicationException>();
    }

    [Fact]
    public void Refuses_changes_with_the_reason_given()
    {
        using var device = new SwitchableDevice(Disk("a", 4096));
        device.RefuseWrites("active in Lyon");
        device.Invoking(d => d.Write(0, [1])).Should().Throw<ReplicationException>().WithMessage("*Lyon*").Which.Code.Should().Be(ErrorCodes.Fenced);
        device.Flush();
        device.AllowWrites();
        device.Write(0, [1]);
        ByteOf(device).Should().Be(1);
    }

    /// <summary>Blocking calls in the pool of a small host would only wait for each other.</summary>
    private static Task OnItsOwnThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static byte ByteOf(IBlockDevice device)
    {
        var buffer = new byte[1];
        device.Read(0, buffer);
        return buffer[0];
    }

    private FileDisk Disk(string name, int length)
    {
        var path = Path.Combine(_directory, name);
        using (var file = File.Create(path))
        {
            file.SetLength(length);
        }

        return FileDisk.Open(path);
    }

    /// <summary>A device whose writes last until they are released.</summary>
    private sealed class Probe : IBlockDevice
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Release { get; } = new();

        public bool HasLeft { get; private set; }

        public long Length => 512;

        public bool IsReadOnly => false;

        public void Write(long offset, ReadOnlySpan<byte> data)
        {
            Entered.Set();
            Release.Wait();
            HasLeft = true;
        }

        public void Read(long offset, Span<byte> buffer) => throw new NotSupportedException();

        public void WriteZeroes(long offset, long length, bool mayDeallocate) => throw new NotSupportedException();

        public void Trim(long offset, long length) => throw new NotSupportedException();

        public void Flush() => throw new NotSupportedException();

        public IReadOnlyList<BlockExtent> GetExtents(long offset, long length) => throw new NotSupportedException();

        public void Dispose()
        {
            Entered.Dispose();
            Release.Dispose();
        }
    }
}
