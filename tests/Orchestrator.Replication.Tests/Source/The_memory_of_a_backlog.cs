namespace Orchestrator.Replication.Tests.Source;

public sealed class The_memory_of_a_backlog
{
    private const int Writes = 400;

    [Fact]
    public void Stays_at_a_few_segments_however_much_waits_and_all_of_it_is_read_back()
    {
        using var lab = new CaptureLab(disks: 1);
        using var machine = lab.Open();
        var data = new byte[16 << 10];
        for (var write = 0; write < Writes; write++)
        {
            data.AsSpan().Fill((byte)(write + 1));
            machine.Disks[0].Write(write % 16 * data.Length, data);
        }

        lab.Segments.Count.Should().BeGreaterThan(100);
        Resident(lab).Should().BeLessThan(6 * CaptureLab.SegmentBytes, "what was written stays in the files");
        var changes = CaptureLab.ReadAll(machine);
        Resident(lab).Should().BeLessThan(6 * CaptureLab.SegmentBytes, "reading must not bring it all back");
        changes.Select(change => change.Sequence).Should().Equal(Enumerable.Range(1, Writes).Select(i => (long)i));
        changes.Where(change => change.Data.Span.IndexOfAnyExcept((byte)change.Sequence) >= 0).Should().BeEmpty("each holds what was written");
    }

    /// <summary>The bytes of the log's segments that count as this process's memory, by the kernel's own figures.</summary>
    private static long Resident(CaptureLab lab)
    {
        var resident = 0L;
        var isSegment = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.Contains(lab.Options.LogDirectory, StringComparison.Ordinal)) isSegment = line.EndsWith(".segment", StringComparison.Ordinal);
            else if (line.StartsWith("Rss:", StringComparison.Ordinal) && isSegment) resident += 1024 * long.Parse(line[4..^2].Trim());
            else if (line.StartsWith("VmFlags:", StringComparison.Ordinal)) isSegment = false;
        }

        return resident;
    }
}
