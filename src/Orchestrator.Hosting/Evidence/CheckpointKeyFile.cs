using System.Security.Cryptography;
using System.Text;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Replication.Durability;

namespace Orchestrator.Hosting.Evidence;

/// <summary>The file of the key that signs checkpoints, readable by its owner alone, and its public half beside it.</summary>
/// <remarks>
/// To change the key, move the file away: the next start makes a new one and adds its public half to the others, so that what the old
/// one signed stays verifiable.
/// </remarks>
internal static class CheckpointKeyFile
{
    /// <summary>The file of the public keys that belongs to a key file: <c>name.pub.pem</c>.</summary>
    public static string PublicPath(string path) => Path.ChangeExtension(path, ".pub.pem");

    /// <summary>Reads the key, and makes it at first use.</summary>
    /// <exception cref="JournalException"><see cref="EvidenceErrorCodes.KeyUnusable"/>.</exception>
    public static CheckpointKey LoadOrCreate(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                Create(path);
            }

            RequirePrivate(path);
            var key = CheckpointKey.FromPem(File.ReadAllText(path));
            AddPublic(PublicPath(path), key);
            return key;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw Unusable(path, error.Message, error);
        }
    }

    private static void Create(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var key = CheckpointKey.Create();
        var temporary = path + ".new";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(Encoding.ASCII.GetBytes(key.ToPem()));
            file.Flush();
            Durable.Flush(file.SafeFileHandle, temporary);
        }

        File.Move(temporary, path);
        Durable.FlushDirectory(Path.GetDirectoryName(path)!);
    }

    private static void RequirePrivate(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
        {
            throw Unusable(path, "others than its owner may read or write it; anybody could sign checkpoints with it. Run 'chmod 600' on it", null);
        }
    }

    private static void AddPublic(string path, CheckpointKey key)
    {
        var known = File.Exists(path) ? File.ReadAllText(path) : "";
        using var keys = CheckpointKeys.FromPem(known);
        if (!keys.Ids.Contains(key.KeyId))
        {
            Durable.Replace(path, Encoding.ASCII.GetBytes(known + key.ToPublicPem()));
        }
    }

    private static JournalException Unusable(string path, string why, Exception? inner) => new(EvidenceErrorCodes.KeyUnusable,
        $"The key {path} for checkpoints cannot be used: {why}. Put a private key of the curve P-256 in PEM there, or move the file away "
        + "to have a new one made.", isTransient: false, outcomeUnknown: false, inner);
}
