using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Orchestrator.Replication.Durability;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>A file of fixed length, its space reserved, mapped into memory: what is written there survives the death of the process.</summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    private const int DontNeed = 4; // MADV_DONTNEED: on a shared map nothing written is lost.
    private readonly SafeFileHandle _file;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private MappedFile(string path, SafeFileHandle file, int length)
    {
        Path = path;
        Length = length;
        _file = file;
        _map = MemoryMappedFile.CreateFromFile(file, null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, length);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    public string Path { get; }

    public int Length { get; }

    /// <summary>
    /// Opens or creates the file, at least <paramref name="length"/> long, and reserves its space: a map over a hole would kill the process
    /// on a full disk.
    /// </summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.DiskFull"/> or <see cref="ErrorCodes.DiskFailed"/>.</exception>
    public static MappedFile Open(string path, int length)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            length = (int)Math.Max(length, Math.Min(RandomAccess.GetLength(file), int.MaxValue & -4096));
            Durable.Allocate(file, path, length);
            return new MappedFile(path, file, length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new ReplicationException(ErrorCodes.DiskFailed, $"Opening {path} failed: {error.Message}", isTransient: false, error);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>The mapped bytes. The caller keeps the file open while it uses them; see <see cref="TryHold"/>.</summary>
    public Span<byte> Span(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)offset + length, Length);
        return new Span<byte>(_start + offset, length);
    }

    /// <summary>Keeps the map alive until <see cref="Unhold"/>, even when the file is disposed of meanwhile; false when it already is.</summary>
    public bool TryHold()
    {
        var held = false;
        try
        {
            _view.SafeMemoryMappedViewHandle.DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        return held;
    }

    public void Unhold() => _view.SafeMemoryMappedViewHandle.DangerousRelease();

    /// <summary>Makes everything written through the map durable.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.FlushFailed"/>.</exception>
    public void Flush()
    {
        if (!OperatingSystem.IsLinux())
        {
            _view.Flush(); // On Linux fdatasync writes mapped pages, too.
        }

        Durable.Flush(_file, Path);
    }

    /// <summary>Gives up the process's hold on the pages: they stay in the file and the system's cache, and come back when touched.</summary>
    /// <remarks>Mapped pages count as the process's memory; a backlog of gigabytes must not.</remarks>
    public void Evict()
    {
        if (OperatingSystem.IsLinux() && TryHold())
        {
            _ = MAdvise(_start, (nuint)Length, DontNeed); // Only advice: a refusal changes nothing but a figure.
            Unhold();
        }
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
        _file.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int MAdvise(byte* address, nuint length, int advice);
}
