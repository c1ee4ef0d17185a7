namespace Orchestrator.Actors.Mailbox;

/// <summary>A message on its way: who waits for an answer, and why it was sent.</summary>
/// <param name="Message">The message.</param>
/// <param name="ReplyTo">Who waits for the answer; null for a tell.</param>
/// <param name="Origin">An <see cref="AskChain"/> or a timer tick; the two never meet in one message.</param>
internal readonly record struct Envelope<T>(T Message, ReplyTarget? ReplyTo = null, object? Origin = null);
