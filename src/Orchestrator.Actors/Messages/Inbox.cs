using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Messages;

/// <summary>What an entity has handled, per sender: messages come in order, so one number says it all. Belongs to its turn.</summary>
internal sealed class Inbox(PersistenceId id)
{
    private Dictionary<PersistenceId, MessageNumber>? _handled;

    /// <summary>Reads it when first needed: most entities never get a message.</summary>
    public async ValueTask LoadAsync(IJournal journal)
    {
        if (_handled is not null)
            return;

        var marks = await journal.ReadInboxAsync(id, CancellationToken.None);
        _handled = marks.ToDictionary(mark => mark.From, mark => new MessageNumber(mark.SequenceNr, mark.Ordinal));
    }

    public bool HasHandled(OutboxDelivery delivery) => Last(delivery.From) >= delivery.Number;

    /// <summary>An earlier message of the sender has not been handled: taking this one would skip it for good.</summary>
    public bool IsAhead(OutboxDelivery delivery) => delivery.After > Last(delivery.From);

    public InboxMark MarkOf(OutboxDelivery delivery) => new(id, delivery.From, delivery.Number.SequenceNr, delivery.Number.Ordinal);

    public void Handled(OutboxDelivery delivery) => _handled![delivery.From] = delivery.Number;

    private MessageNumber Last(PersistenceId from) => _handled!.GetValueOrDefault(from);
}
