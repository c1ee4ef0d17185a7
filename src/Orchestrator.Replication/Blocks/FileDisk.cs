using Microsoft.Win32.SafeHandles;
using Orchestrator.Replication.Durability;

namespace Orchestrator.Replication.Blocks;

/// <summary>A raw disk image, or a block device of Linux, held exclusively while open.</summary>
/// <remarks>
/// After the first failed flush the disk is failed for good: the kernel has marked the lost pages clean, so a second flush would
/// "succeed" without having written them. Every later call throws <see cref="ErrorCodes.FlushFailed"/>; opening it anew is the only way on.
/// </remarks>
public sealed class FileDisk : IBlockDevice
{
    private const int SectorSize = 512;
    private static readonly byte[] Zeroes = new byte[1 << 20];

    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle? _claim;
    private readonly Lock _flushing = new();
    private long _flushesAsked;
    private long _flushesCovered;
    private volatile string? _failure;

    private FileDisk(string path, SafeFileHandle file, SafeFileHandle? claim, long length, bool readOnly)
    {
        Path = path;
        _file = file;
        _claim = claim;
        Length = length;
        IsReadOnly = readOnly;
    }

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <summary>Whether it is a block device and not a file.</summary>
    public bool IsDevice { get; private init; }

    /// <summary>Opens the disk and locks it: writers exclude everybody, readers exclude writers.</summary>
    /// <exception cref="ReplicationException"><see cref="ErrorCodes.DiskNotFound"/>, <see cref="ErrorCodes.DiskTooSmall"/> (empty, or not
    /// whole 512-byte sectors), <see cref="ErrorCodes.DiskInUse"/> or <see cref="ErrorCodes.DiskFailed"/> (for example no permission).</exception>
    public static FileDisk Open(string path, bool readOnly = false)
    {
        var full = System.IO.Path.GetFullPath(path);
        var file = OpenFile(full, readOnly);
        SafeFileHandle? claim = null;
        try
        {
            var device = HostFile.DeviceLength(file);
            claim = Lock(full, file, device is not null, readOnly);
            var length = device ?? RandomAccess.GetLength(file);
            RequireSectors(full, length);
            return new FileDisk(full, file, claim, length, readOnly) { IsDevice = device is not null };
        }
        catch
        {
            claim?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> buffer)
    {
        ThrowIfFailed();
        try
        {
            while (!buffer.IsEmpty)
            {
                var count = RandomAccess.Read(_file, buffer, offset);
                if (count == 0)
                {
                    throw new ReplicationException(
                        ErrorCodes.DiskFailed, $"Reading {Path} at {offset} met its end: it was cut shorter while in use.", isTransient: false);
                }

                buffer = buffer[count..];
                offset += count;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed("Reading", offset, error);
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        RequireWritable();
        WriteBytes(offset, data);
        ThrowIfFailed(); // A flush that failed meanwhile may have lost this write: do not acknowledge it.
    }

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length, bool mayDeallocate)
    {
        RequireWritable();
        var done = (mayDeallocate && Durable.TryPunchHole(_file, offset, length)) || Durable.TryZeroRange(_file, offset, length);
        for (var written = 0L; !done && written < length; written += Zeroes.Length)
        {
            WriteBytes(offset + written, Zeroes.AsSpan(0, (int)Math.Min(Zeroes.Length, length - written)));
        }

        ThrowIfFailed();
    }

    /// <inheritdoc/>
    public void Trim(long offset, long length) => WriteZeroes(offset, length, mayDeallocate: true);

    /// <inheritdoc/>
    /// <remarks>
    /// Callers that arrive while a flush runs share the next one. They queue on one lock because the kernel reports an error to only one
    /// of several flushes: the others must see it here.
    /// </remarks>
    public void Flush()
    {
        var mine = Interlocked.Increment(ref _flushesAsked);
        lock (_flushing)
        {
            ThrowIfFailed();
            if (_flushesCovered >= mine || IsReadOnly)
            {
                return;
            }

            var covered = Interlocked.Read(ref _flushesAsked);
            try
            {
                Durable.Flush(_file, Path);
            }
            catch (ReplicationException error)
            {
                _failure = error.Message;
                throw;
            }

            _flushesCovered = covered;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<BlockExtent> GetExtents(long offset, long length)
    {
        ThrowIfFailed();
        var extents = new List<BlockExtent>();
        var end = offset + length;
        while (offset < end)
        {
            var data = HostFile.NextData(_file, offset, end);
            var isHole = data > offset;
            var next = isHole ? data : HostFile.NextHole(_file, offset, end);
            next = next > offset ? next : end; // A writer raced the two seeks: call it data.
            extents.Add(new BlockExtent(offset, next - offset, isHole, isHole));
            offset = next;
        }

        return extents;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _claim?.Dispose();
    }

    /// <summary>What tells an offline change of the disk from an untouched one.</summary>
    /// <remarks>Nothing for a device: its node's time and number say nothing about its content and change with a reboot.</remarks>
    internal FileIdentity GetIdentity() => IsDevice ? default : HostFile.Identity(_file, Path);

    private static SafeFileHandle OpenFile(string path, bool readOnly)
    {
        try
        {
            return File.OpenHandle(
                path, FileMode.Open, readOnly ? FileAccess.Read : FileAccess.ReadWrite,
                OperatingSystem.IsWindows() && !readOnly ? FileShare.None : FileShare.ReadWrite);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException || Directory.Exists(path))
        {
            throw new ReplicationException(
                ErrorCodes.DiskNotFound, $"There is no disk {path}: create the image or correct the path.", isTransient: false, error);
        }
        catch (IOException error) when (HostFile.IsSharingViolation(error))
        {
            throw InUse(path, isDevice: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ReplicationException(ErrorCodes.DiskFailed, $"Opening {path} failed: {error.Message}", isTransient: false, error);
        }
    }

    private static SafeFileHandle? Lock(string path, SafeFileHandle file, bool isDevice, bool readOnly)
    {
        var claim = isDevice && !readOnly ? HostFile.TryClaimDevice(path) : null;
        if (HostFile.TryLock(file, shared: readOnly) && (claim is not null || !isDevice || readOnly))
        {
            return claim;
        }

        claim?.Dispose();
        throw InUse(path, isDevice);
    }

    private static ReplicationException InUse(string path, bool isDevice) => new(
        ErrorCodes.DiskInUse,
        $"The disk {path} is in use: stop the program that has it open{(isDevice ? " or unmount it" : "")}, then try again.", isTransient: true);

    private static void RequireSectors(string path, long length)
    {
        if (length == 0 || length % SectorSize != 0)
        {
            throw new ReplicationException(
                ErrorCodes.DiskTooSmall,
                $"The disk {path} has {length} bytes; a disk has at least one sector and whole sectors of {SectorSize} bytes. Resize the image.",
                isTransient: false);
        }
    }

    private void WriteBytes(long offset, ReadOnlySpan<byte> data)
    {
        try
        {
            RandomAccess.Write(_file, data, offset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed("Writing", offset, error);
        }
    }

    private void RequireWritable()
    {
        ThrowIfFailed();
        if (IsReadOnly)
        {
            throw new ReplicationException(ErrorCodes.ReadOnly, $"The disk {Path} is open for reading only.", isTransient: false);
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new ReplicationException(
                ErrorCodes.FlushFailed, $"The disk {Path} failed and must be opened anew after it was checked. {failure}", isTransient: false);
        }
    }

    private ReplicationException Failed(string what, long offset, Exception error)
    {
        // On Unix the HResult of an IOException is the errno.
        var isFull = error.HResult is 28 or 122 or unchecked((int)0x80070070);
        return new ReplicationException(
            isFull ? ErrorCodes.DiskFull : ErrorCodes.DiskFailed, $"{what} {Path} at {offset} failed: {error.Message}", isTransient: isFull, error);
    }
}
