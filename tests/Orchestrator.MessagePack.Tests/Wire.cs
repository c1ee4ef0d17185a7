namespace Orchestrator.MessagePack.Tests;

internal delegate void WriteAction(ref MessagePackWriter writer);

internal delegate void ReadAction(ref MessagePackReader reader);

/// <summary>Short forms for what nearly every test does.</summary>
internal static class Wire
{
    public static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    public static byte[] Encode(WriteAction write)
    {
        using var buffer = new MessagePackBuffer(1);
        var writer = new MessagePackWriter(buffer);
        write(ref writer);
        writer.EnsureComplete();
        writer.WrittenCount.Should().Be(buffer.WrittenCount);
        return buffer.ToArray();
    }

    public static string EncodeHex(WriteAction write) => Hex(Encode(write));

    public static T Decode<T>(string hex, MessagePackRead<T> read) => MessagePackSerializer.Deserialize(Bytes(hex), read);

    /// <summary>Runs a read that must be refused.</summary>
    public static MessagePackException Refused(byte[] data, ReadAction read, string code)
    {
        var reader = new MessagePackReader(data);
        try
        {
            read(ref reader);
        }
        catch (MessagePackException error)
        {
            error.Code.Should().Be(code, "of {0}: {1}", Hex(data.AsSpan(0, Math.Min(32, data.Length))), error.Message);
            error.Offset.Should().BeInRange(0, data.Length);
            return error;
        }

        throw new Xunit.Sdk.XunitException($"{Hex(data)} was accepted; expected {code}");
    }

    public static MessagePackException Refused(string hex, ReadAction read, string code) => Refused(Bytes(hex), read, code);

    public static void Misuse(WriteAction write, string message)
    {
        var act = () => Encode(write);
        act.Should().Throw<InvalidOperationException>().WithMessage(message);
    }
}
