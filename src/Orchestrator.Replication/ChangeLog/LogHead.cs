using System.Runtime.InteropServices;

namespace Orchestrator.Replication.ChangeLog;

/// <summary>Two words in a mapped file that survive a killed process without a system call: how far the log must reach, and whether it is lost.</summary>
/// <remarks>
/// Without the first, a log cut short at its end would look complete. Only one store per change; a dead host is not covered and need not
/// be: it costs the log anyway.
/// </remarks>
internal sealed class LogHead : IDisposable
{
    private const int Size = 4096;
    private readonly MappedFile _file;

    private LogHead(MappedFile file) => _file = file;

    /// <summary>The last sequence number whose record was complete.</summary>
    public long Published
    {
        get => Volatile.Read(ref Word(0));
        set => Interlocked.Exchange(ref Word(0), value); // A full fence, so that a waiting reader is not missed.
    }

    /// <summary>Set before the first change that was not recorded.</summary>
    public bool IsLost
    {
        get => Volatile.Read(ref Word(1)) != 0;
        set => Interlocked.Exchange(ref Word(1), value ? 1 : 0);
    }

    public static LogHead Open(string path) => new(MappedFile.Open(path, Size));

    public void Flush() => _file.Flush();

    public void Dispose() => _file.Dispose();

    private ref long Word(int index) => ref MemoryMarshal.Cast<byte, long>(_file.Span(0, Size))[index];
}
