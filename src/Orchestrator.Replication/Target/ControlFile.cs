using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Orchestrator.Replication.Durability;
using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.Target;

/// <summary>Keeps the <see cref="ControlRecord"/> in two slots written in turn: whatever happens, one of them is whole.</summary>
/// <remarks>Slot of 16 KiB: CRC-32C over what follows u32, content length u32, version u64, content as JSON. The space is reserved when
/// the file is made, so that a full disk never stops the state from being recorded.</remarks>
internal sealed class ControlFile : IDisposable
{
    private const int SlotSize = 16384;
    private const int SlotHeader = 16;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly Action<string> _step;
    private long _version;

    private ControlFile(SafeFileHandle file, string path, Action<string> step)
    {
        _file = file;
        _path = path;
        _step = step;
    }

    /// <summary>Opens the file, or creates it with <paramref name="initial"/>.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.ReplicaCorrupt"/> when no slot is whole.</exception>
    public static (ControlFile File, ControlRecord Record) Open(string path, ControlRecord initial, Action<string> step)
    {
        if (!File.Exists(path))
        {
            Create(path, initial);
        }

        var control = new ControlFile(FileIo.Open(path, FileMode.Open), path, step);
        try
        {
            return (control, control.Load());
        }
        catch
        {
            control.Dispose();
            throw;
        }
    }

    /// <summary>Makes the record the current one, durably.</summary>
    public void Save(ControlRecord record)
    {
        _step("control.save");
        var version = _version + 1;
        FileIo.Write(_file, _path, version % 2 * SlotSize, Encode(record, version));
        Durable.Flush(_file, _path);
        _version = version;
    }

    public void Dispose() => _file.Dispose();

    private static void Create(string path, ControlRecord initial)
    {
        var content = new byte[2 * SlotSize];
        Encode(initial, 0).CopyTo(content.AsSpan());
        Durable.Replace(path, content);
    }

    private static byte[] Encode(ControlRecord record, long version)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(record);
        if (content.Length > SlotSize - SlotHeader)
        {
            throw new ReplicationException(ErrorCodes.ReplicaState, "A replica cannot have that many disks.", isTransient: false);
        }

        var slot = new byte[SlotSize];
        BinaryPrimitives.WriteInt32LittleEndian(slot.AsSpan(4), content.Length);
        BinaryPrimitives.WriteInt64LittleEndian(slot.AsSpan(8), version);
        content.CopyTo(slot.AsSpan(SlotHeader));
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Crc32C.Compute(slot.AsSpan(4)));
        return slot;
    }

    private ControlRecord Load()
    {
        ControlRecord? newest = null;
        _version = -1;
        for (var slot = 0; slot < 2; slot++)
        {
            var content = new byte[SlotSize];
            FileIo.ReadUpTo(_file, _path, slot * SlotSize, content);
            if (TryDecode(content, out var version) is { } record && version > _version)
            {
                (newest, _version) = (record, version);
            }
        }

        return newest ?? throw new ReplicationException(
            ErrorCodes.ReplicaCorrupt, $"{_path} is damaged: no valid state is left. Remove the replica and replicate anew.", false);
    }

    private static ControlRecord? TryDecode(byte[] slot, out long version)
    {
        version = BinaryPrimitives.ReadInt64LittleEndian(slot.AsSpan(8));
        var length = BinaryPrimitives.ReadInt32LittleEndian(slot.AsSpan(4));
        return BinaryPrimitives.ReadUInt32LittleEndian(slot) == Crc32C.Compute(slot.AsSpan(4))
            && length is > 0 and <= SlotSize - SlotHeader
            ? JsonSerializer.Deserialize<ControlRecord>(slot.AsSpan(SlotHeader, length))
            : null;
    }
}
