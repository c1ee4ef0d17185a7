using System.Buffers.Binary;
using System.Text.Json;
using Orchestrator.Replication.Integrity;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Target;

/// <summary>Batches in the clear: CRC, header length, header, changes.</summary>
public sealed class PlainCodec : IBatchCodec
{
    public static byte[] Encode(BatchHeader header, IReadOnlyList<ReplicaChange> changes)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        writer.Write(0);
        writer.Write(json.Length);
        writer.Write(json);
        writer.Write(changes.Count);
        foreach (var change in changes)
        {
            writer.Write(change.Disk);
            writer.Write(change.Offset);
            writer.Write(change.Length);
            writer.Write(change.Data.Length);
            writer.Write(change.Data.Span);
        }

        var frame = stream.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Crc32C.Compute(frame.AsSpan(4)));
        return frame;
    }

    public BatchHeader ReadHeader(ReadOnlySpan<byte> frame)
    {
        Check(frame);
        return JsonSerializer.Deserialize<BatchHeader>(frame.Slice(8, BinaryPrimitives.ReadInt32LittleEndian(frame[4..])))!;
    }

    public IReadOnlyList<ReplicaChange> Decode(ReadOnlySpan<byte> frame)
    {
        Check(frame);
        using var reader = new BinaryReader(new MemoryStream(frame[(8 + BinaryPrimitives.ReadInt32LittleEndian(frame[4..]))..].ToArray()));
        var changes = new ReplicaChange[reader.ReadInt32()];
        for (var i = 0; i < changes.Length; i++)
        {
            var (disk, offset, length) = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64());
            changes[i] = new ReplicaChange(disk, offset, length, reader.ReadBytes(reader.ReadInt32()));
        }

        return changes;
    }

    private static void Check(ReadOnlySpan<byte> frame)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(frame) != Crc32C.Compute(frame[4..]))
        {
            throw new ReplicationException(ErrorCodes.BatchRejected, "The batch is damaged.", isTransient: false);
        }
    }
}
