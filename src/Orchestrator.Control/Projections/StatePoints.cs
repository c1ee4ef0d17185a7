using Orchestrator.Domain.Machines;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Projections;

/// <summary>Takes the recovery points out of a state, and puts them back.</summary>
internal static class StatePoints
{
    /// <summary>Whether the state can hold points.</summary>
    public static bool Has(State state) => state switch
    {
        State.Protected or State.FailingOver or State.FailedOver or State.ChangingPoint or State.Cancelling or State.Committing => true,
        State.Disabling s => Has(s.From),
        _ => false,
    };

    /// <summary>The same state with these points; unchanged where it holds none.</summary>
    public static State With(State state, PointList points) => state switch
    {
        State.Protected s => In(s, points),
        State.FailingOver s => s with { From = In(s.From, points) },
        State.FailedOver s => In(s, points),
        State.ChangingPoint s => s with { From = In(s.From, points) },
        State.Cancelling s => s with { From = In(s.From, points) },
        State.Committing s => s with { From = In(s.From, points) },
        State.Disabling s => s with { From = With(s.From, points) },
        _ => state,
    };

    private static State.Protected In(State.Protected state, PointList points) => state with { Points = points };

    private static State.FailedOver In(State.FailedOver state, PointList points) => state with { From = In(state.From, points) };
}
