namespace Orchestrator.Hocon.Loading;

/// <summary>Paths with every link resolved, also links among the directories on the way.</summary>
internal static class RealPath
{
    /// <summary>As many links as Linux follows before it gives up.</summary>
    private const int MaxLinks = 40;

    /// <summary>The real path; parts that do not exist stay as they are.</summary>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        var links = 0;
        var root = Path.GetPathRoot(full)!;
        var pending = new Stack<string>(Parts(full, root));
        var real = root;
        while (pending.TryPop(out var part))
        {
            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MaxLinks)
                throw new IOException($"Too many links on the way to {path}");
            var full2 = Path.GetFullPath(target, real);
            root = Path.GetPathRoot(full2)!;
            real = root;
            foreach (var p in Parts(full2, root))
                pending.Push(p);
        }
        return real;
    }

    /// <summary>Whether a real path lies in a real directory.</summary>
    public static bool IsInside(string path, string directory) =>
        path.StartsWith(Path.EndsInDirectorySeparator(directory) ? directory : directory + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The names of a path, the last first.</summary>
    private static IEnumerable<string> Parts(string full, string root) =>
        full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse();
}
