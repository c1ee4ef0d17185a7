using Orchestrator.Control.Projections;
using Orchestrator.Control.Tests.Codecs;
using Orchestrator.Domain.Machines;
using static Orchestrator.Control.Tests.Projections.History;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Projections;

/// <summary>Events in words.</summary>
public sealed class EventTextTests
{
    [Fact]
    public void Every_event_has_a_line_of_its_own_words()
    {
        foreach (var e in EventSamples.All)
        {
            var text = EventText.Describe(e);
            text.Should().NotContain(e.GetType().Name).And.NotContain("asks for").And.NotBeNullOrWhiteSpace();
            text.Any(char.IsControl).Should().BeFalse(text);
        }
    }

    [Fact]
    public void A_line_says_what_counts()
    {
        EventText.Describe(EventSamples.All[0]).Should().Be(
            "alice enables protection: web-1 from berlin to paris, scenario S0, 2 disks of 8 GiB, a recovery point every 30 s, activation 1 "
            + "(job 00112233-4455-6677-8899-aabbccddeeff)");
        EventText.Describe(new Event.StepFailed(First, Step.FenceSource, "ORC3003", "No answer.", 2, At(60), At(0))).Should().Be(
            "Step FenceSource failed, attempt 2: ORC3003: No answer; next try at 2031-01-01T00:01:00.000Z");
        EventText.Describe(new Event.StepFailed(First, Step.FenceSource, "ORC3003", "No answer.", 2, null, At(0))).Should().EndWith(
            "No answer; waits for an operator");
        EventText.Describe(new Event.FailoverCompleted(First, Point, TimeSpan.FromSeconds(1.25), At(0))).Should().Be(
            $"Failover completed: the machine runs from recovery point {Point}; writes of at most 1.25 s are lost");
        EventText.Describe(new Event.RecoveryPointRecorded(
            new RecoveryPoint(Point, 1, 42, RecoveryPointKind.Final, At(1), At(2), TimeSpan.FromSeconds(1)), At(2))).Should().Be(
            $"Recovery point {Point} (Final) with all writes below 42, taken at 2031-01-01T00:00:01.000Z, RPO 1 s");
    }

    [Fact]
    public void Texts_from_outside_neither_break_the_line_nor_command_the_terminal() =>
        EventText.Describe(new Event.ResyncMarked("a\r\nb\u001b[2Jc\u2028d", At(0))).Should().Be("Resynchronization needed: a  b [2Jc d");

    [Fact]
    public void Huge_disks_are_no_trouble()
    {
        var huge = new DiskSpec(0, "/d", long.MaxValue);
        var enabling = (Event.ProtectionEnablingStarted)EventSamples.All[0];

        EventText.Describe(enabling with { Protection = enabling.Protection with { Disks = [huge, huge] } })
            .Should().Contain("2 disks of 16777216 TiB");
    }
}
