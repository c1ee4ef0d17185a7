using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Orchestrator.Replication.Blocks;
using Orchestrator.Replication.Durability;

namespace Orchestrator.Replication.Target;

/// <summary>A disk's image: a sparse file.</summary>
internal sealed partial class BaseDisk : IBlockDevice
{
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const int NoSuchAddress = 6;
    private static readonly byte[] Zeroes = new byte[1 << 20];

    private readonly SafeFileHandle _file;
    private readonly Action<string> _step;
    private long _length;

    private BaseDisk(SafeFileHandle file, string path, long length, Action<string> step)
    {
        _file = file;
        Path = path;
        _length = length;
        _step = step;
    }

    public string Path { get; }

    public long Length => Volatile.Read(ref _length);

    public bool IsReadOnly => false;

    /// <summary>Opens or creates the image; it is made longer when it is shorter than <paramref name="length"/>.</summary>
    public static BaseDisk Open(string path, long length, Action<string> step)
    {
        var exists = File.Exists(path);
        var file = FileIo.Open(path, FileMode.OpenOrCreate);
        try
        {
            if (RandomAccess.GetLength(file) < length)
            {
                FileIo.SetLength(file, path, length);
                Durable.Flush(file, path);
            }

            if (!exists)
            {
                Durable.FlushDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            }

            return new BaseDisk(file, path, length, step);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Read(long offset, Span<byte> buffer)
    {
        if (FileIo.ReadUpTo(_file, Path, offset, buffer) < buffer.Length)
        {
            throw new ReplicationException(
                ErrorCodes.DiskFailed, $"{Path} is shorter than the {Length} bytes it had. Somebody changed it: resynchronize.", false);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        _step("base.write");
        FileIo.Write(_file, Path, offset, data);
    }

    public void WriteZeroes(long offset, long length, bool mayDeallocate)
    {
        _step("base.zero");
        if (length == 0 || (mayDeallocate && OperatingSystem.IsLinux() && Durable.TryPunchHole(_file, offset, length)))
        {
            return;
        }

        for (long done = 0; done < length;)
        {
            var part = (int)Math.Min(length - done, Zeroes.Length);
            FileIo.Write(_file, Path, offset + done, Zeroes.AsSpan(0, part));
            done += part;
        }
    }

    public void Trim(long offset, long length) => WriteZeroes(offset, length, mayDeallocate: true);

    public void Flush()
    {
        _step("base.flush");
        Durable.Flush(_file, Path);
    }

    /// <summary>Changes the size, durably.</summary>
    public void Resize(long length)
    {
        _step("base.resize");
        FileIo.SetLength(_file, Path, length);
        Durable.Flush(_file, Path);
        Volatile.Write(ref _length, length);
    }

    public IReadOnlyList<BlockExtent> GetExtents(long offset, long length)
    {
        if (!OperatingSystem.IsLinux())
        {
            return [new BlockExtent(offset, length, false, false)];
        }

        var extents = new List<BlockExtent>();
        for (long position = offset, end = offset + length; position < end;)
        {
            var data = Math.Min(Seek(position, SeekData, end), end);
            if (data > position)
            {
                extents.Add(new BlockExtent(position, data - position, true, true));
                position = data;
            }

            var hole = position < end ? Math.Min(Seek(position, SeekHole, end), end) : end;
            if (hole > position)
            {
                extents.Add(new BlockExtent(position, hole - position, false, false));
                position = hole;
            }
        }

        return extents;
    }

    public void Dispose() => _file.Dispose();

    private long Seek(long offset, int whence, long end)
    {
        var added = false;
        try
        {
            _file.DangerousAddRef(ref added);
            var result = LSeek((int)_file.DangerousGetHandle(), offset, whence);
            if (result >= 0)
            {
                return result;
            }

            // ENXIO: nothing but a hole up to the end. Any other error: the file system cannot tell, so all of it is data.
            return Marshal.GetLastPInvokeError() == NoSuchAddress || whence == SeekHole ? end : offset;
        }
        finally
        {
            if (added)
            {
                _file.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long LSeek(int fd, long offset, int whence);
}
