namespace Orchestrator.MessagePack.Tests;

public sealed class BufferTests
{
    [Fact]
    public void Grows_and_keeps_what_was_written()
    {
        using var buffer = new MessagePackBuffer(1);
        for (var i = 0; i < 100_000; i++)
        {
            buffer.GetSpan(1)[0] = (byte)i;
            buffer.Advance(1);
        }

        buffer.WrittenCount.Should().Be(100_000);
        buffer.ToArray().Should().Equal(Enumerable.Range(0, 100_000).Select(i => (byte)i));
        buffer.WrittenMemory.Length.Should().Be(100_000);
    }

    [Fact]
    public void Starts_over_after_Clear()
    {
        using var buffer = new MessagePackBuffer();
        MessagePackSerializer.Serialize(buffer, 1, static (ref w, v) => w.Write(v));
        buffer.Clear();
        MessagePackSerializer.Serialize(buffer, 2, static (ref w, v) => w.Write(v));
        buffer.ToArray().Should().Equal(2);
    }

    [Fact]
    public void Appends_message_behind_message()
    {
        using var buffer = new MessagePackBuffer();
        var disk = new DiskV1(Guid.Empty, "a", "b");
        MessagePackSerializer.Serialize(buffer, disk);
        MessagePackSerializer.Serialize(buffer, disk);
        var reader = new MessagePackReader(buffer.WrittenSpan);
        reader.ReadContract<DiskV1>().Should().Be(disk);
        reader.IsAtEnd.Should().BeFalse();
        reader.ReadContract<DiskV1>().Should().Be(disk);
        reader.IsAtEnd.Should().BeTrue();
    }

    [Fact]
    public void Refuses_to_advance_past_its_end()
    {
        using var buffer = new MessagePackBuffer();
        var act = () => buffer.Advance(buffer.GetSpan().Length + 1);
        act.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Is_dead_after_Dispose()
    {
        var buffer = new MessagePackBuffer();
        buffer.Dispose();
        buffer.Dispose();
        var act = () => { buffer.GetSpan(1); };
        act.Should().Throw<ObjectDisposedException>();
    }
}
