using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence;

namespace Orchestrator.Hosting.Evidence;

/// <summary>Reads published checkpoints back, from a directory or a file.</summary>
public static class PublishedFiles
{
    /// <summary>The published checkpoints as lines, in order.</summary>
    /// <param name="path">A directory with a file per checkpoint, or a file with a line per checkpoint.</param>
    /// <exception cref="JournalException"><see cref="EvidenceErrorCodes.PublishedUnreadable"/>.</exception>
    public static IEnumerable<string> ReadLines(string path) => Read(path).Select(static published => published.Line);

    internal static IEnumerable<(string Line, SignedCheckpoint Checkpoint)> Read(string path)
    {
        foreach (var (place, line) in Lines(path))
        {
            yield return (line, PublishedForm.TryRead(line) ?? throw Unreadable(place, "it is no checkpoint"));
        }
    }

    /// <summary>The public keys beside published checkpoints; null when there are none.</summary>
    internal static string? KeysBeside(string path) =>
        Path.Combine(Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!, DirectoryTarget.KeyFile) is var keys
        && File.Exists(keys) ? keys : null;

    private static IEnumerable<(string Place, string Line)> Lines(string path)
    {
        if (Directory.Exists(path))
        {
            return Directory.EnumerateFiles(path, DirectoryTarget.Pattern).Order(StringComparer.Ordinal)
                .Select(static file => (file, ReadAll(file)));
        }

        return File.Exists(path)
            ? ReadEach(path).Select((line, index) => ($"{path}, line {index + 1}", line))
            : throw Unreadable(path, "there is no such directory or file");
    }

    private static IEnumerable<string> ReadEach(string path)
    {
        try
        {
            return File.ReadLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error.Message, error);
        }
    }

    private static string ReadAll(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error.Message, error);
        }
    }

    private static JournalException Unreadable(string place, string why, Exception? inner = null) => new(
        EvidenceErrorCodes.PublishedUnreadable, $"The published checkpoints at {place} cannot be read: {why}. Name the directory or the file "
        + "they were published to.", isTransient: false, outcomeUnknown: false, inner);
}
