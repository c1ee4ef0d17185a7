using System.Runtime.CompilerServices;

namespace Orchestrator.Domain.Machines;

/// <summary>The disks of a machine in the order of their numbers, equal by value.</summary>
[CollectionBuilder(typeof(DiskList), nameof(Create))]
public sealed class DiskList : ValueList<DiskSpec>
{
    /// <summary>The most disks a machine may have.</summary>
    public const int MaxDisks = 64;

    private DiskList(ReadOnlySpan<DiskSpec> disks) : base(disks) { }

    /// <summary>The size of all disks in bytes.</summary>
    public long TotalLength => this.Sum(disk => disk.Length);

    /// <summary>Makes a list.</summary>
    public static DiskList Create(ReadOnlySpan<DiskSpec> disks) => new(disks);

    /// <summary>What is wrong with the list as the disks of a machine, or null.</summary>
    internal string? Fault()
    {
        if (Count is 0 or > MaxDisks) return $"a machine has 1 to {MaxDisks} disks, not {Count}";
        for (var index = 0; index < Count; index++)
        {
            if (this[index].Index != index) return $"disk {this[index].Index} stands where disk {index} is expected";
            if (this[index].Length <= 0) return $"disk {index} has no size";
            if (string.IsNullOrWhiteSpace(this[index].SourcePath)) return $"disk {index} has no path";
        }

        return null;
    }
}
