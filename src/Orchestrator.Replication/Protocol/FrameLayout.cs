namespace Orchestrator.Replication.Protocol;

/// <summary>Where the fields of a frame are; <see cref="BatchFrame"/> describes the format.</summary>
internal static class FrameLayout
{
    internal const uint Magic = 0x4642524F; // "ORBF"
    internal const ushort Version = 1;

    internal const int HeaderCrc = 8;
    internal const int BodyCrc = 12;
    internal const int Authenticated = 16;
    internal const int Session = 16;
    internal const int Number = 32;
    internal const int FirstSequence = 40;
    internal const int LastSequence = 48;
    internal const int Epoch = 56;
    internal const int RawBytes = 64;
    internal const int MarkSequence = 72;
    internal const int MarkTicks = 80;
    internal const int MarkPoint = 88;
    internal const int MarkKind = 104;
    internal const int Flags = 105;
    internal const int Sections = 106;
    internal const int BodyLength = 108;
    internal const int Reserved = 112;
    internal const int HeaderLength = 128;

    internal const byte HasEnd = 1;
    internal const byte IsConsistent = 2;

    internal const int SectionDisk = 0;
    internal const int SectionCodec = 4;
    internal const int SectionPlain = 8;
    internal const int SectionStored = 12;
    internal const int SectionExtents = 16;
    internal const int SectionTable = 20;
    internal const int SectionLength = 32;

    internal const int TagLength = 16;
    internal const int MaxSections = 256;
    internal const int MaxExtents = 512 * 1024;
    internal const int MaxExtentLength = 20; // Two varints of at most ten bytes.
}
