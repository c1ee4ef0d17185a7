using Orchestrator.Actors.Messages;

namespace Orchestrator.Actors;

/// <summary>Turns a refused delivery into the error an asker gets.</summary>
internal static class Refusals
{
    public static AskException Of(TellOutcome outcome, string name, TimeSpan retryAfter, string? reason = null) => outcome switch
    {
        TellOutcome.Busy => new AskException(AskFailure.Busy,
            $"'{name}', or the journal of its node, has too much waiting; nothing was done. Retry later or send less.", retryAfter),
        TellOutcome.Unavailable => new AskException(AskFailure.Unavailable,
            $"'{name}' is not available on this node now; nothing was done. {reason ?? $"Retry after {retryAfter}."}", retryAfter),
        _ => Stopped(name),
    };

    public static AskException OutOfOrder(string name, OutboxDelivery delivery) => new(AskFailure.Unavailable,
        $"'{name}' has not handled message {delivery.After.SequenceNr}.{delivery.After.Ordinal} of {delivery.From} yet, "
        + $"so it does not take {delivery.Number.SequenceNr}.{delivery.Number.Ordinal}. It is sent again.");

    public static AskException Stopped(string name) => new(AskFailure.Stopped,
        $"'{name}' has stopped; nothing was done. Send to a running actor.");

    public static AskException Failed(string name, Exception error) => new(AskFailure.Failed,
        $"'{name}' failed while handling the command ({error.Message}). Retry with the same operation id.", default, error);
}
