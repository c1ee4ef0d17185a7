using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Orchestrator.Replication.Durability;
using Orchestrator.Replication.Integrity;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>Keeps a <see cref="ControlState"/> twice.</summary>
/// <remarks>
/// The copies are written one after the other, each flushed: a torn write leaves the other copy, and a copy that rots later does not bring
/// an older state back (an old one could undo a fence). A copy: <c>u32 magic | u32 crc32c of the rest
/// | u64 generation | u32 length | JSON</c>, little-endian, in a slot of 64 KiB.
/// </remarks>
internal sealed class ControlFile : IDisposable
{
    private const int SlotSize = 64 << 10;
    private const int HeaderSize = 20;
    private const uint Magic = 0x4343524F; // "ORCC"
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly Lock _lock = new();
    private long _generation;
    private bool _failed;

    private ControlFile(string path, SafeFileHandle file) => (_path, _file) = (path, file);

    /// <summary>The state on stable storage.</summary>
    public ControlState State { get; private set; } = new();

    /// <summary>Whether the file existed but held no intact copy.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Whether nothing was ever written into it.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Opens or creates the file and locks it against other processes.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.DiskInUse"/>,
    /// <see cref="ErrorCodes.DiskFailed"/>, <see cref="ErrorCodes.DiskFull"/>.</exception>
    public static ControlFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            var existed = File.Exists(path);
            handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
            var file = new ControlFile(path, handle);
            if (!HostFile.TryLock(handle, shared: false))
            {
                throw InUse(path);
            }

            file.Load(existed && RandomAccess.GetLength(handle) > 0);
            Durable.Allocate(handle, path, 2 * SlotSize);
            Durable.FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return file;
        }
        catch (IOException error) when (HostFile.IsSharingViolation(error))
        {
            throw InUse(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            handle?.Dispose();
            throw new ReplicationException(ErrorCodes.DiskFailed, $"Opening {path} failed: {error.Message}", isTransient: false, error);
        }
        catch
        {
            handle?.Dispose();
            throw;
        }
    }

    /// <summary>Changes the state; durable when this returns.</summary>
    /// <remarks>After a failure nothing is written any more: the other copy is still good.</remarks>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.FlushFailed"/> or <see cref="ErrorCodes.DiskFailed"/>.</exception>
    public void Update(Func<ControlState, ControlState> change)
    {
        lock (_lock)
        {
            if (_failed)
            {
                throw new ReplicationException(ErrorCodes.FlushFailed, $"{_path} failed earlier: restart after checking the storage.", isTransient: false);
            }

            var next = change(State);
            _failed = true;
            var slot = Encode(next, ++_generation);
            Write(slot, 0);
            Write(slot, SlotSize);
            _failed = false;
            State = next;
        }
    }

    public void Dispose() => _file.Dispose();

    private void Write(byte[] slot, long offset)
    {
        try
        {
            RandomAccess.Write(_file, slot, offset);
        }
        catch (IOException error)
        {
            throw new ReplicationException(ErrorCodes.DiskFailed, $"Writing {_path} failed: {error.Message}", isTransient: false, error);
        }

        Durable.Flush(_file, _path);
    }

    private static ReplicationException InUse(string path) =>
        new(ErrorCodes.DiskInUse, $"The change log {path} is in use by another process: stop that one first.", isTransient: true);

    private static byte[] Encode(ControlState state, long generation)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(state);
        var slot = new byte[HeaderSize + json.Length];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slot.Length, SlotSize);
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(slot.AsSpan(8), generation);
        BinaryPrimitives.WriteInt32LittleEndian(slot.AsSpan(16), json.Length);
        json.CopyTo(slot.AsSpan(HeaderSize));
        BinaryPrimitives.WriteUInt32LittleEndian(slot.AsSpan(4), Crc32C.Compute(slot.AsSpan(8)));
        return slot;
    }

    private void Load(bool existed)
    {
        var isBlank = true;
        for (var i = 0; existed && i < 2; i++)
        {
            var slot = new byte[SlotSize];
            var length = RandomAccess.Read(_file, slot, (long)i * SlotSize);
            isBlank &= !slot.AsSpan().ContainsAnyExcept((byte)0);
            if (Decode(slot.AsSpan(0, length)) is { } found && found.Generation > _generation)
            {
                (_generation, State) = found;
            }
        }

        IsNew = isBlank;
        IsDamaged = !isBlank && _generation == 0;
    }

    private static (long Generation, ControlState State)? Decode(ReadOnlySpan<byte> slot)
    {
        if (slot.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(slot) != Magic)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(slot[16..]);
        if (length < 0 || length > slot.Length - HeaderSize
            || Crc32C.Compute(slot[8..(HeaderSize + length)]) != BinaryPrimitives.ReadUInt32LittleEndian(slot[4..]))
        {
            return null;
        }

        return (BinaryPrimitives.ReadInt64LittleEndian(slot[8..]), JsonSerializer.Deserialize<ControlState>(slot.Slice(HeaderSize, length))!);
    }
}
