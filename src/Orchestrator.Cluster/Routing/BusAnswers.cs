using Orchestrator.Actors;
using Orchestrator.Actors.Cluster;
using Orchestrator.Cluster.Bus;

namespace Orchestrator.Cluster.Routing;

/// <summary>Outcomes of the bus and of the kernel, in each other's words.</summary>
internal static class BusAnswers
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>What an outcome of the bus means to the router.</summary>
    public static PeerAnswer AnswerOf(BusOutcome outcome, string recipient) => outcome switch
    {
        BusOutcome.Ok ok => new PeerAnswer(PeerOutcome.Replied, ok.Body),
        BusOutcome.NotOwner or BusOutcome.Moved => PeerAnswer.NotOwner,
        BusOutcome.Unavailable => new PeerAnswer(PeerOutcome.NotSent),
        BusOutcome.Busy => Failed(AskFailure.Busy, $"'{recipient}' has too many messages waiting; nothing was done. Retry later or send less."),
        BusOutcome.Failed failed => Failed(FailureOf(failed.Code), failed.Message),
        _ => new PeerAnswer(PeerOutcome.Unknown),
    };

    /// <summary>The answer to a message that was not taken; null for one that was.</summary>
    public static BusOutcome? RefusalOf(TellOutcome? outcome, BusOutcome.NotOwner owner) => outcome switch
    {
        null => owner,
        TellOutcome.Accepted => null,
        TellOutcome.Busy => BusOutcome.Busy.Instance,
        TellOutcome.Unavailable => new BusOutcome.Failed(
            ActorErrorCodes.Unavailable, $"The entity cannot take messages now; nothing was done. Retry after {Retry}."),
        _ => owner,
    };

    private static PeerAnswer Failed(AskFailure reason, string message) =>
        new(PeerOutcome.Failed, Error: new AskException(reason, message, reason is AskFailure.Busy or AskFailure.Unavailable ? Retry : default));

    private static AskFailure FailureOf(string code) => code switch
    {
        ActorErrorCodes.AskTimeout or ClusterErrorCodes.DeadlinePassed => AskFailure.Timeout,
        ActorErrorCodes.Busy => AskFailure.Busy,
        ActorErrorCodes.Unavailable => AskFailure.Unavailable,
        ActorErrorCodes.Stopped => AskFailure.Stopped,
        ActorErrorCodes.Rejected => AskFailure.Rejected,
        ActorErrorCodes.NotConfirmed => AskFailure.NotConfirmed,
        ActorErrorCodes.WrongReplyType => AskFailure.WrongReplyType,
        _ => AskFailure.Failed,
    };
}
