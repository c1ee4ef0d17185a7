using System.Security.Cryptography;
using Orchestrator.Actors.Persistence;
using Orchestrator.Contracts;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Hosting.Evidence;

/// <summary>Looks at a copy or a backup of a journal, without a node.</summary>
public static class JournalCopy
{
    /// <summary>Verifies the copy.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="published">A directory or file of published checkpoints; null when there is none at hand.</param>
    /// <param name="keyPath">The public keys in PEM; null takes those beside the published checkpoints or beside the copy.</param>
    /// <param name="cancellation">Ends the walk early.</param>
    /// <exception cref="JournalException">
    /// The copy, the keys or the published checkpoints cannot be read; <see cref="EvidenceErrorCodes.NoPublicKey"/> when there are checkpoints
    /// and nothing to check their signatures with.
    /// </exception>
    public static async Task<JournalVerification> VerifyAsync(
        string path, string? published, string? keyPath, CancellationToken cancellation)
    {
        using var image = SqliteJournalImage.Open(path);
        using var keys = KeysOf(path, published, keyPath);
        await foreach (var _ in image.ReadCheckpointsAsync(1, cancellation))
        {
            RequireKeys(keys, path);
            break;
        }

        var copies = published is null ? [] : PublishedFiles.Read(published).Select(static copy => copy.Checkpoint);
        return JournalInspector.ViewOf(await EvidenceVerifier.VerifyAsync(image, image, keys, copies, progress: null, cancellation));
    }

    /// <summary>The copy's events as JSON lines.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="machine">One machine's; null for all.</param>
    /// <param name="from">Not before this time; null for the beginning.</param>
    /// <param name="to">Not after this time; null for the end.</param>
    /// <param name="cancellation">Ends the export early.</param>
    /// <exception cref="JournalException">The copy cannot be read.</exception>
    public static async IAsyncEnumerable<string> ExportAsync(string path, string? machine, DateTimeOffset? from, DateTimeOffset? to,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var image = SqliteJournalImage.Open(path);
        await foreach (var line in new JournalExport(image).LinesAsync(machine, from, to, cancellation)) yield return line;
    }

    private static CheckpointKeys KeysOf(string path, string? published, string? keyPath)
    {
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, DirectoryTarget.KeyFile);
        var file = keyPath ?? (published is null ? null : PublishedFiles.KeysBeside(published)) ?? (File.Exists(beside) ? beside : null);
        try
        {
            return CheckpointKeys.FromPem(file is null ? "" : File.ReadAllText(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw Refuse($"The public keys {file} cannot be read: {error.Message} Name a file with public keys of the curve P-256 in PEM.", error);
        }
    }

    private static void RequireKeys(CheckpointKeys keys, string path)
    {
        if (keys.Ids.Count == 0)
        {
            throw Refuse($"{path} has signed checkpoints, and there is no public key to check them with. Name the node's "
                + $"{DirectoryTarget.KeyFile} with --key; take it from a safe place, not from the copy.");
        }
    }

    private static JournalException Refuse(string message, Exception? inner = null) =>
        new(EvidenceErrorCodes.NoPublicKey, message, isTransient: false, outcomeUnknown: false, inner);
}
