using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Orchestrator.Replication.Durability;
using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.Target;

/// <summary>What precedes a record's body.</summary>
internal readonly record struct RecordHeader(
    int Kind, int Tag, long A, long B, int BodyLength, uint BodyCrc, long Position, long FlushedThrough)
{
    public long BodyPosition => Position + RecordFile.HeaderSize;

    public long End => RecordFile.Align(BodyPosition + BodyLength);
}

/// <summary>What a scan found: the whole records, and where and how they end.</summary>
/// <param name="Records">The records, in order.</param>
/// <param name="End">Where the first byte that belongs to no whole record lies.</param>
/// <param name="IsDamaged">The file goes on behind <paramref name="End"/> with something that had been made durable: bit rot, not a torn tail.</param>
internal sealed record RecordScan(IReadOnlyList<RecordHeader> Records, long End, bool IsDamaged);

/// <summary>An append-only file of records.</summary>
/// <remarks>
/// Little-endian, 64-byte aligned: magic u32, body length u32, file id u64, own position u64, flushed-through u64, kind u32, tag u32,
/// a u64, b u64, CRC-32C of the body, CRC-32C of the header. <em>Flushed-through</em> is how far the file was durable when the record was
/// written: a bad record below the flushed-through of a later one was whole once, so it rotted; any other bad record at the end was
/// torn by a crash before anybody was told it is safe, and is cut off. File id and position expose stale and misdirected writes.
/// </remarks>
internal sealed class RecordFile : IDisposable
{
    public const int HeaderSize = 64;
    public const int Alignment = 64;
    private const uint Magic = 0x5243524F; // "ORCR"
    private const int MaxBody = 1 << 30;
    private const int CrcOffset = 60;

    private readonly SafeFileHandle _file;
    private readonly long _id;
    private long _tail;
    private long _flushed;

    private RecordFile(SafeFileHandle file, string path, long id)
    {
        _file = file;
        Path = path;
        _id = id;
    }

    public string Path { get; }

    /// <summary>Where the next record goes.</summary>
    public long Tail => Volatile.Read(ref _tail);

    /// <summary>Where the record after one that ends here begins.</summary>
    public static long Align(long end) => (end + Alignment - 1) / Alignment * Alignment;

    /// <summary>Begins a file; one left over from a crash is overwritten. Its directory entry is durable after <see cref="FlushNew"/>.</summary>
    public static RecordFile Create(string path, long id) => new(FileIo.Open(path, FileMode.Create, FileShare.ReadWrite | FileShare.Delete), path, id);

    /// <summary>Opens an existing file; <see cref="Scan"/> sets the tail.</summary>
    public static RecordFile Open(string path, long id) => new(FileIo.Open(path, FileMode.Open, FileShare.ReadWrite | FileShare.Delete), path, id);

    /// <summary>Appends a record; on an error the file is as before.</summary>
    /// <returns>The record as stored.</returns>
    public RecordHeader Append(int kind, int tag, long a, long b, ReadOnlyMemory<byte> body)
    {
        var record = new RecordHeader(
            kind, tag, a, b, body.Length, Crc32C.Compute(body.Span), _tail, Volatile.Read(ref _flushed));
        var header = new byte[HeaderSize];
        Encode(record, header);
        try
        {
            FileIo.Write(_file, Path, record.Position, [header, body]);
        }
        catch (ReplicationException)
        {
            Truncate(record.Position);
            throw;
        }

        Volatile.Write(ref _tail, record.End);
        return record;
    }

    /// <summary>Makes all records appended before the call durable.</summary>
    public void Flush()
    {
        var tail = Tail;
        Durable.Flush(_file, Path);
        Volatile.Write(ref _flushed, Math.Max(tail, Volatile.Read(ref _flushed)));
    }

    /// <summary>Like <see cref="Flush"/>, and the file's name with it.</summary>
    public void FlushNew()
    {
        Flush();
        Durable.FlushDirectory(System.IO.Path.GetDirectoryName(Path)!);
    }

    /// <summary>Cuts off everything from <paramref name="position"/>.</summary>
    public void Truncate(long position)
    {
        FileIo.SetLength(_file, Path, position);
        Volatile.Write(ref _tail, position);
        Volatile.Write(ref _flushed, Math.Min(position, Volatile.Read(ref _flushed)));
    }

    /// <summary>Reads a record's body, checking it.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaCorrupt"/>.</exception>
    public byte[] ReadBody(RecordHeader record)
    {
        var body = new byte[record.BodyLength];
        ReadBody(record, body);
        return body;
    }

    /// <summary>Reads a record's body into a buffer of its length, checking it.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaCorrupt"/>.</exception>
    public void ReadBody(RecordHeader record, Span<byte> body)
    {
        if (FileIo.ReadUpTo(_file, Path, record.BodyPosition, body) < body.Length || Crc32C.Compute(body) != record.BodyCrc)
        {
            throw Damaged(record.Position);
        }
    }

    /// <summary>Reads raw bytes out of a body; the caller checks them.</summary>
    public void ReadRaw(long position, Span<byte> buffer)
    {
        if (FileIo.ReadUpTo(_file, Path, position, buffer) < buffer.Length)
        {
            throw Damaged(position);
        }
    }

    /// <summary>Reads the first record only.</summary>
    public bool TryReadFirst(out RecordHeader record)
    {
        return TryReadRecord(0, out record) && BodyIsWhole(record);
    }

    /// <summary>Walks all records, checking each; the tail is then <see cref="RecordScan.End"/>.</summary>
    /// <param name="knownDurable">How far the file is known to have been durable once.</param>
    public RecordScan Scan(long knownDurable)
    {
        var records = new List<RecordHeader>();
        long position = 0;
        while (TryReadRecord(position, out var record) && BodyIsWhole(record))
        {
            records.Add(record);
            position = record.End;
        }

        var length = RandomAccess.GetLength(_file);
        var durable = knownDurable > position || (length > position && DurableAccordingToLater(position, length) > position);
        _tail = position;
        _flushed = 0;
        return new RecordScan(records, position, durable);
    }

    public ReplicationException Damaged(long position) => new(
        ErrorCodes.ReplicaCorrupt,
        $"{Path} is damaged at {position}: its checksum does not match. Nothing of it is used; resynchronize the replica.",
        isTransient: false);

    public void Dispose() => _file.Dispose();

    private long DurableAccordingToLater(long position, long length)
    {
        long durable = 0;
        for (position += Alignment; position + HeaderSize <= length; position += Alignment)
        {
            if (TryReadRecord(position, out var record))
            {
                durable = Math.Max(durable, record.FlushedThrough);
            }
        }

        return durable;
    }

    private bool BodyIsWhole(RecordHeader record)
    {
        var buffer = new byte[Math.Min(record.BodyLength, 1 << 20)];
        uint crc = 0;
        for (var done = 0; done < record.BodyLength;)
        {
            var part = buffer.AsSpan(0, Math.Min(buffer.Length, record.BodyLength - done));
            if (FileIo.ReadUpTo(_file, Path, record.BodyPosition + done, part) < part.Length)
            {
                return false;
            }

            crc = Crc32C.Continue(crc, part);
            done += part.Length;
        }

        return crc == record.BodyCrc;
    }

    private void Encode(RecordHeader record, Span<byte> header)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], record.BodyLength);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], _id);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], record.Position);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], record.FlushedThrough);
        BinaryPrimitives.WriteInt32LittleEndian(header[32..], record.Kind);
        BinaryPrimitives.WriteInt32LittleEndian(header[36..], record.Tag);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], record.A);
        BinaryPrimitives.WriteInt64LittleEndian(header[48..], record.B);
        BinaryPrimitives.WriteUInt32LittleEndian(header[56..], record.BodyCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(header[CrcOffset..], Crc32C.Compute(header[..CrcOffset]));
    }

    private bool TryReadRecord(long position, out RecordHeader record)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        record = default;
        if (FileIo.ReadUpTo(_file, Path, position, header) < HeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(header[CrcOffset..]) != Crc32C.Compute(header[..CrcOffset])
            || BinaryPrimitives.ReadInt64LittleEndian(header[8..]) != _id
            || BinaryPrimitives.ReadInt64LittleEndian(header[16..]) != position)
        {
            return false;
        }

        record = new RecordHeader(
            BinaryPrimitives.ReadInt32LittleEndian(header[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[36..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[56..]),
            position,
            BinaryPrimitives.ReadInt64LittleEndian(header[24..]));
        return record.BodyLength is >= 0 and <= MaxBody;
    }
}
