namespace Orchestrator.Journal.Sql.Tests.Contract;

/// <summary>A mistake planted into the double, to see the contract suite find it.</summary>
public enum Defect
{
    None,
    IgnoresTheEpoch,
    IgnoresTheHead,
    DoesNotRaiseTheEpoch,
    FencesTheWholeCall,
    StoresHalfOfARefusedCall,
    AppliesRemindersOfAFencedShard,
    NumbersPositionsAcrossShards,
    SkipsAPosition,
    ShowsHalfAppends,
    ForgetsWhenReopened,
    ForgetsTheEpochWhenReopened,
    IgnoresTheLimit,
    ReadsNewestFirst,
    MixesUpCase,
    AcceptsSequenceGaps,
    KeepsClearedReminders,
    KeepsReplacedReminders,
    OrdersRemindersByName,
    ReadsRemindersOfAllShards,
    LoadsTheNewestSnapshotAlways,
    KeepsOneSnapshot,
    KeepsAllSnapshots,
    EmptyBecomesNull,
    IgnoresCancellation,
    OutcomesSorted,
    AcceptsAnyName,
}
