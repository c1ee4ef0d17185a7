using System.Runtime.CompilerServices;

namespace Orchestrator.MessagePack;

/// <summary>
/// The arrays, maps and contracts a reader or writer is inside of, with the number of values each still owes.
/// Arrays and maps close by themselves with their last value; a contract stays open until its end is declared,
/// so that a reader can ask whether a field is there and a nested mistake cannot eat the fields of its surroundings.
/// </summary>
internal struct OpenContainers
{
    public const int MaxDepth = 64;

    private Counts _owed;
    private ulong _contracts;

    public int Depth { get; private set; }

    /// <summary>The values all open containers together still owe; each takes at least one byte.</summary>
    public long OwedInTotal { get; private set; }

    public readonly bool InContract => Depth > 0 && IsContract(Depth - 1);

    /// <summary>The values the innermost container still owes; meaningless at depth 0.</summary>
    public readonly int Owed => _owed[Depth - 1];

    /// <summary>Whether no further value may come: only a contract can be in this state.</summary>
    public readonly bool IsExhausted => Depth > 0 && _owed[Depth - 1] == 0;

    /// <summary>Counts one value that is complete.</summary>
    public void CountScalar()
    {
        if (Depth == 0) return;
        _owed[Depth - 1]--;
        OwedInTotal--;
        CloseFinished();
    }

    /// <summary>Counts one value that is a container and enters it. The caller has checked <see cref="MaxDepth"/>.</summary>
    public void Enter(int count, bool contract)
    {
        if (Depth > 0)
        {
            _owed[Depth - 1]--;
            OwedInTotal--;
        }

        var bit = 1UL << Depth;
        _contracts = contract ? _contracts | bit : _contracts & ~bit;
        _owed[Depth] = count;
        OwedInTotal += count;
        Depth++;
        CloseFinished();
    }

    /// <summary>Leaves the innermost container, which must be a contract that owes nothing.</summary>
    public void LeaveContract()
    {
        Depth--;
        CloseFinished();
    }

    private readonly bool IsContract(int level) => (_contracts >> level & 1) != 0;

    private void CloseFinished()
    {
        while (Depth > 0 && _owed[Depth - 1] == 0 && !IsContract(Depth - 1)) Depth--;
    }

    [InlineArray(MaxDepth)]
    private struct Counts
    {
        private int _first;
    }
}
