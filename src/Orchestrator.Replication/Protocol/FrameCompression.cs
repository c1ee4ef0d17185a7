namespace Orchestrator.Replication.Protocol;

/// <summary>How a section of a frame is compressed. The numbers are on the wire and in stored frames: never reuse one.</summary>
public enum FrameCompression : byte
{
    /// <summary>Stored as it is.</summary>
    None = 0,

    /// <summary>Zstandard (RFC 8878); reserved, refused by this version.</summary>
    Zstandard = 1,

    /// <summary>LZ4; reserved, refused by this version.</summary>
    Lz4 = 2,

    /// <summary>Brotli (RFC 7932) at quality 0: in every .NET runtime, ~650 MiB/s a core.</summary>
    Brotli = 3,

    /// <summary>Deflate (RFC 1951); reserved, refused by this version.</summary>
    Deflate = 4,
}
