namespace Orchestrator.Replication.Nbd;

/// <summary>The numbers of the NBD protocol (NetworkBlockDevice/nbd, doc/proto.md). All integers are big-endian.</summary>
internal static class NbdWire
{
    public const ulong Greeting = 0x4e42444d41474943; // "NBDMAGIC"
    public const ulong OptionMagic = 0x49484156454F5054; // "IHAVEOPT"
    public const ulong OptionReplyMagic = 0x3e889045565a9;
    public const uint RequestMagic = 0x25609513;
    public const uint SimpleReplyMagic = 0x67446698;
    public const uint StructuredReplyMagic = 0x668e33ef;

    public const int RequestSize = 28;
    public const int SimpleReplySize = 16;
    public const int ChunkSize = 20;
    public const int MaxString = 4096;
    public const int MaxPayload = 64 << 20;
    public const int PreferredBlock = 4096;
    public const uint AllocationContextId = 1;
    public const string AllocationContext = "base:allocation";

    public const uint ClientFixedNewstyle = 1;
    public const uint ClientNoZeroes = 2;

    public const uint OptionExportName = 1;
    public const uint OptionAbort = 2;
    public const uint OptionList = 3;
    public const uint OptionInfo = 6;
    public const uint OptionGo = 7;
    public const uint OptionStructuredReply = 8;
    public const uint OptionListMetaContext = 9;
    public const uint OptionSetMetaContext = 10;

    public const uint ReplyAck = 1;
    public const uint ReplyServer = 2;
    public const uint ReplyInfo = 3;
    public const uint ReplyMetaContext = 4;
    public const uint ErrorUnsupported = 0x80000001;
    public const uint ErrorInvalid = 0x80000003;
    public const uint ErrorUnknown = 0x80000006;
    public const uint ErrorTooBig = 0x80000009;

    public const ushort InfoExport = 0;
    public const ushort InfoName = 1;
    public const ushort InfoDescription = 2;
    public const ushort InfoBlockSize = 3;

    public const ushort HasFlags = 1 << 0;
    public const ushort ReadOnly = 1 << 1;
    public const ushort SendFlush = 1 << 2;
    public const ushort SendFua = 1 << 3;
    public const ushort SendTrim = 1 << 5;
    public const ushort SendWriteZeroes = 1 << 6;
    public const ushort SendDf = 1 << 7;
    public const ushort CanMultiConn = 1 << 8;
    public const ushort SendCache = 1 << 10;
    public const ushort SendFastZero = 1 << 11;

    public const ushort FlagFua = 1 << 0;
    public const ushort FlagNoHole = 1 << 1;
    public const ushort FlagDf = 1 << 2;
    public const ushort FlagReqOne = 1 << 3;
    public const ushort FlagFastZero = 1 << 4;

    public const ushort ChunkDone = 1;
    public const ushort ChunkNone = 0;
    public const ushort ChunkOffsetData = 1;
    public const ushort ChunkOffsetHole = 2;
    public const ushort ChunkBlockStatus = 5;
    public const ushort ChunkError = 0x8001;

    public const uint StatusHole = 1;
    public const uint StatusZero = 2;

    public const uint NotPermitted = 1;
    public const uint InputOutput = 5;
    public const uint Invalid = 22;
    public const uint NoSpace = 28;
    public const uint NotSupported = 95;
    public const uint Shutdown = 108;

    /// <summary>The error a client is told for an error of the device.</summary>
    public static uint ErrorOf(ReplicationException error) => error.Code switch
    {
        ErrorCodes.DiskFull => NoSpace,
        ErrorCodes.ReadOnly or ErrorCodes.Fenced => NotPermitted,
        _ => InputOutput,
    };
}

/// <summary>The commands of the transmission phase.</summary>
internal enum NbdCommand : ushort
{
    Read = 0,
    Write = 1,
    Disconnect = 2,
    Flush = 3,
    Trim = 4,
    Cache = 5,
    WriteZeroes = 6,
    BlockStatus = 7,
}

/// <summary>The header of a request. The cookie is opaque and sent back as received.</summary>
internal readonly record struct NbdRequest(ushort Flags, NbdCommand Command, ulong Cookie, ulong Offset, uint Length)
{
    public bool Has(ushort flag) => (Flags & flag) != 0;
}
