using Orchestrator.Replication.ChangeLog;

namespace Orchestrator.Replication.Tests.ChangeLog;

public sealed class A_segment
{
    [Fact]
    public void Released_and_deleted_before_its_turn_does_not_stop_a_flush_of_several()
    {
        using var lab = new Source.CaptureLab();
        var segment = new Segment(MappedFile.Open(Path.Combine(lab.Root, "1.segment"), Source.CaptureLab.SegmentBytes));
        segment.Begin(Guid.NewGuid(), 0, 1, 1, 1);
        segment.Dispose();

        segment.Invoking(released => released.Flush()).Should().NotThrow();
    }
}
