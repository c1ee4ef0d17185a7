using System.Globalization;

namespace Orchestrator.EndToEnd.Tests.Nodes;

/// <summary>The machine's side: qemu-io writes patterns over NBD, slot by slot, and this remembers what was acknowledged.</summary>
public sealed class Guest(byte[] content)
{
    public const int SlotBytes = 64 << 10;
    public const int Slots = Lab.DiskBytes / SlotBytes;

    /// <summary>What the disk holds after all acknowledged writes.</summary>
    public byte[] Content { get; } = content;

    /// <summary>Fills the slots and flushes; all of it must be acknowledged.</summary>
    public async Task WriteAsync(string uri, byte pattern, params int[] slots)
    {
        var ended = await TryWriteAsync(uri, pattern, slots);
        ended.Code.Should().Be(0, "phase: guest writes to {0}; qemu-io said: {1}", uri, ended.All);
        ended.All.Should().NotContain("failed", "phase: guest writes");
        foreach (var slot in slots) Content.AsSpan(slot * SlotBytes, SlotBytes).Fill(pattern);
    }

    /// <summary>The same where a refusal is possible; what was written then is not remembered.</summary>
    public static Task<Ended> TryWriteAsync(string uri, byte pattern, params int[] slots)
    {
        var writes = slots.SelectMany(slot => new[]
        {
            "-c", string.Create(CultureInfo.InvariantCulture, $"write -P {pattern} {(long)slot * SlotBytes} {SlotBytes}"),
        });
        return Programs.RunAsync("qemu-io", [.. writes, "-c", "flush", "--image-opts", ImageOptions(new Uri(uri))]);
    }

    /// <summary>Compares and names the first slot that differs.</summary>
    public void ShouldBe(byte[] actual, string phase) => ShouldBe(actual, Content, phase);

    public static void ShouldBe(byte[] actual, byte[] expected, string phase)
    {
        actual.Length.Should().Be(expected.Length, "phase: {0}", phase);
        for (var slot = 0; slot < Slots; slot++)
        {
            var a = actual.AsSpan(slot * SlotBytes, SlotBytes);
            var e = expected.AsSpan(slot * SlotBytes, SlotBytes);
            a.SequenceEqual(e).Should().BeTrue("phase: {0}; slot {1} is to begin with {2} and begins with {3}", phase, slot, e[0], a[0]);
        }
    }

    private static string ImageOptions(Uri uri)
    {
        var socket = Uri.UnescapeDataString(uri.Query.Split("socket=")[1]);
        return $"driver=raw,file.driver=nbd,file.server.type=unix,file.server.path={socket}," +
            $"file.export={uri.AbsolutePath.TrimStart('/')},file.reconnect-delay=30";
    }
}
