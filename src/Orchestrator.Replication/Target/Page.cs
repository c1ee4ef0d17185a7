namespace Orchestrator.Replication.Target;

/// <summary>The unit in which old contents are saved and overlays kept.</summary>
internal static class Page
{
    /// <summary>4 KiB: the file systems' own unit; smaller would store more index than data.</summary>
    public const int Size = 4096;

    public static readonly ReadOnlyMemory<byte> Zero = new byte[Size];

    public static long Of(long offset) => offset / Size;

    public static long End(long offset, long length) => (offset + length + Size - 1) / Size;

    public static bool IsZero(ReadOnlySpan<byte> content) => !content.ContainsAnyExcept((byte)0);
}
