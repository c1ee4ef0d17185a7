namespace Orchestrator.Actors;

/// <summary>The stable codes of the actor kernel, ORC45xx.</summary>
public static class ActorErrorCodes
{
    /// <summary>The deadline of an ask passed.</summary>
    public const string AskTimeout = "ORC4501";

    /// <summary>A mailbox, stash or buffer is full.</summary>
    public const string Busy = "ORC4502";

    /// <summary>The entity backs off or its shard is not here.</summary>
    public const string Unavailable = "ORC4503";

    /// <summary>The actor or the system has stopped.</summary>
    public const string Stopped = "ORC4504";

    /// <summary>The command was refused before anything was written.</summary>
    public const string Rejected = "ORC4505";

    /// <summary>The actor failed while handling the command.</summary>
    public const string ActorFailed = "ORC4506";

    /// <summary>The journal did not confirm the events.</summary>
    public const string NotConfirmed = "ORC4507";

    /// <summary>The answer has another type than was asked for.</summary>
    public const string WrongReplyType = "ORC4508";

    /// <summary>An actor asked itself, directly or through others: it would wait for ever.</summary>
    public const string AskCycle = "ORC4509";

    /// <summary>The stored events of an entity are not contiguous.</summary>
    public const string HistoryGap = "ORC4520";

    /// <summary>The hash chain of an entity is broken: an event was altered, removed or inserted.</summary>
    public const string HistoryAltered = "ORC4521";

    /// <summary>This build does not know a stored event type or version.</summary>
    public const string UnknownEvent = "ORC4522";

    /// <summary>A stored event could not be decoded or applied.</summary>
    public const string ReplayFailed = "ORC4523";

    /// <summary>The recovered hook of an entity failed.</summary>
    public const string RecoveredHookFailed = "ORC4524";

    /// <summary>The payload of a stored event was shredded, and no usable snapshot covers it.</summary>
    public const string PayloadShredded = "ORC4525";

    /// <summary>Another node took the shard over.</summary>
    public const string ShardFenced = "ORC4530";

    /// <summary>The head of a shard is not where this writer left it: the store was rewound or written by somebody else.</summary>
    public const string ShardDiverged = "ORC4531";

    /// <summary>The shard was given to another node in order.</summary>
    public const string ShardReleased = "ORC4532";

    /// <summary>The node's lease ran out before it was renewed.</summary>
    public const string LeaseLost = "ORC4533";

    /// <summary>The journal does not answer.</summary>
    public const string JournalSilent = "ORC4534";

    /// <summary>The node's clock is too far from the clock of the journal's database.</summary>
    public const string ClockSkew = "ORC4540";

    /// <summary>Another live node has this node's name.</summary>
    public const string DuplicateNode = "ORC4541";

    /// <summary>An event of one shard changes a row of a read model that another shard has made.</summary>
    public const string RowOfAnotherShard = "ORC4550";
}
