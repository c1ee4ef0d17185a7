using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Target;

/// <summary>Collects extents, joining neighbours of one status.</summary>
internal sealed class ExtentList
{
    private readonly List<BlockExtent> _extents = [];

    public void Add(BlockExtent extent)
    {
        if (_extents.Count > 0 && _extents[^1] is var last && last.IsHole == extent.IsHole && last.IsZero == extent.IsZero)
        {
            _extents[^1] = last with { Length = last.Length + extent.Length };
        }
        else
        {
            _extents.Add(extent);
        }
    }

    public void AddRange(IEnumerable<BlockExtent> extents)
    {
        foreach (var extent in extents)
        {
            Add(extent);
        }
    }

    public IReadOnlyList<BlockExtent> ToList() => _extents;
}
