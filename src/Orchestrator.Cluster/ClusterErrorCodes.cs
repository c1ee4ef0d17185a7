namespace Orchestrator.Cluster;

/// <summary>The stable codes of the bus between nodes, ORC455x and ORC456x.</summary>
public static class ClusterErrorCodes
{
    /// <summary>The peer cannot be reached.</summary>
    public const string PeerUnreachable = "ORC4550";

    /// <summary>A certificate was refused, by this node or by the peer.</summary>
    public const string CertificateRefused = "ORC4551";

    /// <summary>The peer speaks a version of the bus protocol that this node does not know.</summary>
    public const string VersionRefused = "ORC4552";

    /// <summary>The peer did not say who it is, or is not who was asked for.</summary>
    public const string IdentityRefused = "ORC4553";

    /// <summary>An open connection broke.</summary>
    public const string ConnectionLost = "ORC4554";

    /// <summary>A frame is longer than the limit.</summary>
    public const string FrameTooLarge = "ORC4555";

    /// <summary>What arrived is not a frame, or one that has no place here.</summary>
    public const string FrameInvalid = "ORC4556";

    /// <summary>The peer sent more than its credit allows.</summary>
    public const string CreditExceeded = "ORC4557";

    /// <summary>Nothing was heard from the peer for longer than the limit.</summary>
    public const string PeerSilent = "ORC4558";

    /// <summary>The peer leaves messages unanswered far beyond their deadline, or does not read its answers.</summary>
    public const string PeerStalled = "ORC4559";

    /// <summary>The deadline passed before the message was handed on; nothing was done.</summary>
    public const string DeadlinePassed = "ORC4560";

    /// <summary>The message was sent and not answered in time; it may have been carried out.</summary>
    public const string NoReply = "ORC4561";

    /// <summary>The node is about to leave and takes no new messages.</summary>
    public const string Draining = "ORC4562";

    /// <summary>The receiver of the message failed on it.</summary>
    public const string ReceiverFailed = "ORC4563";

    /// <summary>The connection was closed by this node.</summary>
    public const string ConnectionClosed = "ORC4564";

    /// <summary>The address of the bus cannot be listened on.</summary>
    public const string ListenFailed = "ORC4565";
}
