using System.Buffers.Binary;

namespace Orchestrator.Crash.Journal;

/// <summary>Tells whether a SQLite write-ahead log ends within a transaction.</summary>
/// <remarks>
/// Format: https://www.sqlite.org/fileformat2.html#walformat - a header of 32 bytes with the salts at 16; frames of 24 bytes and a
/// page; a frame whose field at 4 is not zero commits; a frame with other salts is left over from before the last restart of the log.
/// </remarks>
public static class WalTail
{
    private const int HeaderLength = 32;
    private const int FrameHeaderLength = 24;

    /// <summary>Whether frames follow the last commit.</summary>
    public static bool IsTorn(string path)
    {
        var log = File.Exists(path) ? File.ReadAllBytes(path) : [];
        if (log.Length < HeaderLength)
        {
            return log.Length > 0;
        }

        var frameLength = FrameHeaderLength + BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(8));
        var salts = log.AsSpan(16, 8);
        var torn = false;
        var at = HeaderLength;
        for (; at + frameLength <= log.Length && log.AsSpan(at + 8, 8).SequenceEqual(salts); at += frameLength)
        {
            torn = BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(at + 4)) == 0;
        }

        return torn || (at < log.Length && at + frameLength > log.Length);
    }
}
