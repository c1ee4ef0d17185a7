namespace Orchestrator.Contracts;

/// <summary>Where a node answers: a Unix socket readable by its owner alone, or an HTTPS address.</summary>
public static class NodeAddress
{
    /// <summary>The environment variable that names the node for the command line.</summary>
    public const string Variable = "ORCHESTRATOR_NODE";

    /// <summary>The socket a node of this user listens on unless told otherwise.</summary>
    public static string Default
    {
        get
        {
            var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
            var directory = string.IsNullOrEmpty(runtime)
                ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".orchestrator")
                : Path.Combine(runtime, "orchestrator");
            return Path.Combine(directory, "node.sock");
        }
    }
}
