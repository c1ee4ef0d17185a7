using System.Collections.Immutable;

namespace Orchestrator.Cluster.Bus;

/// <summary>What travels on a connection. Requests and tells go from the connecting node to the listening one, answers and credit back.</summary>
/// <remarks>Identifiers are the sender's, rise on a connection, and are used at most once: a copy of a frame has no effect.</remarks>
public abstract record BusFrame
{
    private BusFrame()
    {
    }

    /// <summary>A message that is answered by one <see cref="Reply"/>, which also returns its credit.</summary>
    /// <param name="Id">The identifier.</param>
    /// <param name="Remaining">What is left of the deadline when the frame is written; whole milliseconds, at least one.</param>
    /// <param name="Message">The message.</param>
    public sealed record Request(ulong Id, TimeSpan Remaining, BusMessage Message) : BusFrame;

    /// <summary>A message without an answer; a <see cref="Credit"/> returns its credit.</summary>
    /// <param name="Id">The identifier.</param>
    /// <param name="Remaining">What is left of the deadline when the frame is written; whole milliseconds, at least one.</param>
    /// <param name="Message">The message.</param>
    public sealed record Tell(ulong Id, TimeSpan Remaining, BusMessage Message) : BusFrame;

    /// <summary>The answer to a request.</summary>
    /// <param name="Id">The request's identifier.</param>
    /// <param name="Outcome">How it ended.</param>
    public sealed record Reply(ulong Id, BusOutcome Outcome) : BusFrame;

    /// <summary>The receiver is done with tells and has room again.</summary>
    /// <remarks>Names them, instead of counting, so that a copy of the frame does not grant room twice.</remarks>
    /// <param name="Ids">Their identifiers, at most <see cref="MaxCreditIds"/>.</param>
    public sealed record Credit(ImmutableArray<ulong> Ids) : BusFrame
    {
        /// <inheritdoc/>
        public bool Equals(Credit? other) => other is not null && Ids.SequenceEqual(other.Ids);

        /// <inheritdoc/>
        public override int GetHashCode() => Ids.Length;
    }

    /// <summary>Asks for a sign of life.</summary>
    /// <param name="Number">Comes back with the pong.</param>
    public sealed record Ping(ulong Number) : BusFrame;

    /// <summary>A sign of life.</summary>
    /// <param name="Number">The ping's.</param>
    public sealed record Pong(ulong Number) : BusFrame;

    /// <summary>The sender of this frame takes no new messages; with <see cref="ClusterErrorCodes.Draining"/> it finishes those it has,
    /// with any other code the connection is over.</summary>
    /// <param name="Code">A stable code of <see cref="ClusterErrorCodes"/>.</param>
    /// <param name="Reason">What happened and what to do.</param>
    public sealed record Goodbye(string Code, string Reason) : BusFrame;

    /// <summary>Identifiers one <see cref="Credit"/> carries at most.</summary>
    public const int MaxCreditIds = 256;
}
