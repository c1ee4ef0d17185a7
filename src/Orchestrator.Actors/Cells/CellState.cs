namespace Orchestrator.Actors.Cells;

/// <summary>The life of a cell, see <see cref="ActorCell{T}"/>.</summary>
internal enum CellState
{
    Starting = 1,
    Running = 2,
    BackingOff = 3,
    Stopped = 4,
}
