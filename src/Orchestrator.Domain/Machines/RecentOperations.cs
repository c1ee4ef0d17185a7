using System.Runtime.CompilerServices;

namespace Orchestrator.Domain.Machines;

/// <summary>What an operator can ask of a machine; the numbers are stored.</summary>
public enum MachineOperation
{
    /// <summary>Enable protection.</summary>
    Enable = 1,

    /// <summary>Start a copy for a test.</summary>
    TestFailover = 2,

    /// <summary>Remove the copy.</summary>
    CleanUpTest = 3,

    /// <summary>Fail over without loss.</summary>
    PlannedFailover = 4,

    /// <summary>Fail over whatever the source does.</summary>
    UnplannedFailover = 5,

    /// <summary>Go to another recovery point.</summary>
    ChangePoint = 6,

    /// <summary>Make the failover final.</summary>
    Commit = 7,

    /// <summary>Go back to the source.</summary>
    Cancel = 8,

    /// <summary>Replicate the other way.</summary>
    ReverseReplicate = 9,

    /// <summary>Try at once what has failed.</summary>
    Resume = 10,

    /// <summary>Compare source and replica.</summary>
    Resync = 11,

    /// <summary>End protection.</summary>
    Disable = 12,
}

/// <summary>An accepted request.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Operation">What was asked.</param>
public readonly record struct AcceptedOperation(OperationId Id, MachineOperation Operation);

/// <summary>The last requests that were accepted, so that one that is sent again has no second effect; equal by value.</summary>
[CollectionBuilder(typeof(RecentOperations), nameof(Create))]
public sealed class RecentOperations : ValueList<AcceptedOperation>
{
    /// <summary>How many are remembered; senders give up long before as many others have been accepted.</summary>
    public const int Limit = 32;

    private RecentOperations(ReadOnlySpan<AcceptedOperation> operations) : base(operations) { }

    /// <summary>None.</summary>
    public static RecentOperations Empty { get; } = [];

    /// <summary>Makes a list.</summary>
    public static RecentOperations Create(ReadOnlySpan<AcceptedOperation> operations) => new(operations);

    /// <summary>What was asked under this id, or null.</summary>
    public MachineOperation? Find(OperationId id)
    {
        foreach (var operation in Items)
        {
            if (operation.Id == id) return operation.Operation;
        }

        return null;
    }

    internal RecentOperations Add(OperationId id, MachineOperation operation) => Find(id) is not null
        ? this
        : [.. Count < Limit ? Items : Items[1..], new AcceptedOperation(id, operation)];
}
