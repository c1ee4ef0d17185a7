namespace Orchestrator.Cli;

/// <summary>What the command line's exit codes mean; they are part of its interface.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The operation was taken on and failed, or a check found something wrong.</summary>
    public const int Failed = 1;

    /// <summary>The words of the call are off.</summary>
    public const int Usage = 2;

    /// <summary>The node cannot be reached.</summary>
    public const int NodeUnreachable = 3;

    /// <summary>The node refused: nothing was changed.</summary>
    public const int Refused = 4;

    /// <summary>Stopped by a signal.</summary>
    public const int Interrupted = 130;
}
