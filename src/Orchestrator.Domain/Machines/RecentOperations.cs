using System.Runtime.CompilerServices;

namespace Orchestrator.Domain.Machines;

/// <summary>The last requests that were accepted, so that one that is sent again has no second effect; equal by
/// value.</summary>
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
