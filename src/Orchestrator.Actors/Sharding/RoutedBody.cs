namespace Orchestrator.Actors.Sharding;

/// <summary>What the body of a routed message is: its first byte. The way between nodes need not know.</summary>
internal static class RoutedBody
{
    public const byte Command = 0;
    public const byte Delivery = 1;

    public static byte[] OfCommand(byte[] encoded)
    {
        var body = new byte[encoded.Length + 1];
        body[0] = Command;
        encoded.CopyTo(body, 1);
        return body;
    }

    public static bool IsDelivery(ReadOnlyMemory<byte> body) => body is { Length: > 0 } && body.Span[0] == Delivery;

    /// <exception cref="FormatException">It is no command.</exception>
    public static ReadOnlyMemory<byte> CommandOf(ReadOnlyMemory<byte> body) => body is { Length: > 0 } && body.Span[0] == Command
        ? body[1..]
        : throw new FormatException("A message from another node is neither a command nor an entity's message. Bring the nodes to one version.");
}
