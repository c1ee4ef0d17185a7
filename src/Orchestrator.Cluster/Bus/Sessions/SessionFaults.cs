namespace Orchestrator.Cluster.Bus.Sessions;

/// <summary>What goes wrong between two ends, worded once.</summary>
internal static class SessionFaults
{
    /// <summary>Bytes of a frame beside body and text, at most.</summary>
    public const int FrameOverhead = 256;

    public static BusOutcome.Failed Late { get; } = new(
        ClusterErrorCodes.DeadlinePassed, "The deadline passed before the message was handed on; nothing was done. Allow more time, or send less.");

    public static BusOutcome.Unavailable Leaving { get; } = new(
        TimeSpan.Zero, ClusterErrorCodes.Draining, "The node is about to leave; nothing was done. Refresh the map of shards and send to the new owner.");

    public static BusOutcome.Failed ReplyTooLarge(BusOptions options) => new(
        ClusterErrorCodes.FrameTooLarge,
        $"The message was carried out, but its answer is longer than a frame of {options.MaxFrameBytes} bytes. Ask for less at a time.");

    public static BusOutcome.Failed MessageTooLarge(int bytes, int limit) => new(
        ClusterErrorCodes.FrameTooLarge, $"A message of {bytes} bytes does not fit a frame of {limit} bytes; nothing was done. Send it in parts.");

    public static BusOutcome.Unknown NoReply(TimeSpan timeout) => new(
        ClusterErrorCodes.NoReply,
        $"The peer did not answer within {timeout}. The message may still be carried out: retry with the same operation id.");

    public static BusOutcome.Unknown Lost(BusFault fault) => new(
        fault.Code, $"{fault.Message} The message was sent and may have been carried out: retry with the same operation id.");

    public static BusOutcome.Unavailable NotSent(BusFault fault, TimeSpan retryAfter) =>
        new(retryAfter, fault.Code, $"{fault.Message} The message was not sent.");

    public static BusException SaidGoodbye(string peer, BusFrame.Goodbye goodbye) => new(new BusFault(
        goodbye.Code, $"{peer} ended the connection: {goodbye.Reason}", IsTransient: true));

    public static BusException OutOfPlace(string peer, BusFrame frame) => new(new BusFault(
        ClusterErrorCodes.FrameInvalid,
        $"{peer} sent a {frame.GetType().Name} where none belongs. It is at fault or of another version: compare the builds.",
        IsTransient: true));

    public static BusException CreditExceeded(string peer, BusOptions options) => new(new BusFault(
        ClusterErrorCodes.CreditExceeded,
        $"{peer} sent more than the {options.WindowFrames} messages or {options.WindowBytes} bytes it has credit for. Compare the builds.",
        IsTransient: true));

    public static BusFault Unread(string peer, long bytes) => new(
        ClusterErrorCodes.PeerStalled, $"{peer} leaves {bytes} bytes of answers unread. Check that node and the network in between.", IsTransient: true);

    public static BusFault Stalled(string peer, TimeSpan limit) => new(
        ClusterErrorCodes.PeerStalled,
        $"{peer} left a message unfinished for {limit.TotalSeconds:0.#} s beyond its deadline. Look at that node; the connection is made anew.",
        IsTransient: true);

    public static BusFault EndedByPeer(string peer) => new(
        ClusterErrorCodes.ConnectionLost, $"{peer} ended the connection. It is made anew.", IsTransient: true);

    public static BusFault Closed(string peer) => new(
        ClusterErrorCodes.ConnectionClosed, $"The connection to {peer} was closed by this node. Get a new one from the transport.", IsTransient: false);
}
