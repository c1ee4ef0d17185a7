using System.Globalization;
using Orchestrator.Domain.Machines;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Projections;

/// <summary>The events of a machine in words, for people: the text is no format and may change.</summary>
public static class EventText
{
    /// <summary>One line of English about an event. Its time is not in it; control characters of texts are replaced.</summary>
    public static string Describe(Event e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var text = e switch
        {
            Event.OperationStarted started => $"{OfRequest(started)} (job {started.Operation})",
            Event.StepStarted or Event.StepCompleted or Event.StepFailed or Event.StepSkipped => OfStep(e),
            _ => OfReplication(e) ?? OfEnd(e),
        };
        return OneLine(text ?? e.GetType().Name);
    }

    internal static string Loss(TimeSpan loss) => loss == TimeSpan.Zero ? "nothing is lost" : $"writes of at most {Span(loss)} are lost";

    private static string OfRequest(Event.OperationStarted @event) => @event switch
    {
        Event.ProtectionEnablingStarted e => $"{e.Caller} enables protection: {Of(e.Protection)}",
        Event.TestFailoverStarted e => $"{e.Caller} starts a test failover from recovery point {e.Point}",
        Event.TestCleanupStarted e => $"{e.Caller} cleans up the test{(e.Notes.Length == 0 ? "" : $", notes: {e.Notes}")}",
        Event.FailoverStarted e =>
            $"{e.Caller} starts {(e.FailoverKind == FailoverKind.Planned ? "a planned" : "an unplanned")} failover "
            + $"{(e.Point is { } point ? $"to recovery point {point}" : "to the latest recovery point")}, activation {e.Activation}",
        Event.PointChangeStarted e => $"{e.Caller} changes to recovery point {e.Point}, activation {e.Activation}",
        Event.CommitStarted e => $"{e.Caller} commits the failover",
        Event.CancelStarted e => $"{e.Caller} cancels the failover, activation {e.Activation}",
        Event.ReverseReplicationStarted e => $"{e.Caller} prepares replication in the other direction",
        Event.DisableStarted e => $"{e.Caller} ends protection",
        Event.Resumed e => $"{e.Caller} has what failed tried again at once",
        _ => $"{@event.Caller} asks for {@event.Asked}",
    };

    private static string OfStep(Event @event) => @event switch
    {
        Event.StepStarted e => $"Step {e.Step} started",
        Event.StepCompleted e => $"Step {e.Step} completed{(e.Detail.Length == 0 ? "" : $": {e.Detail}")}",
        Event.StepFailed e => $"Step {e.Step} failed, attempt {e.Attempt}: {e.Code}: {e.Message.TrimEnd('.')}; {Next(e.RetryAt)}",
        Event.StepSkipped e => $"Step {e.Step} failed and is left out: {e.Code}: {e.Message}",
        _ => @event.GetType().Name,
    };

    private static string? OfReplication(Event @event) => @event switch
    {
        Event.InitialReplicationStarted { IsResync: true } => "Initial replication started; only what differs travels",
        Event.InitialReplicationStarted => "Initial replication started",
        Event.InitialReplicationProgressed e => $"Initial replication: {Bytes(e.BytesDone)} of {Bytes(e.BytesTotal)}",
        Event.InitialReplicationCompleted => "Initial replication completed",
        Event.RecoveryPointRecorded e => Of(e.Point),
        Event.RecoveryPointsExpired e => $"{Count(e.Points.Count, "recovery point")} expired: {string.Join(", ", e.Points)}",
        Event.ReplicationFailed e => $"Replication failed, attempt {e.Attempt}: {e.Code}: {e.Message.TrimEnd('.')}; {Next(e.RetryAt)}",
        Event.ReplicationRetried => "Replication is tried again",
        Event.ReplicationRecovered => "Replication works again",
        Event.ResyncMarked e => $"Resynchronization needed: {e.Reason}",
        Event.ResyncStarted e => $"Resynchronization started by {e.Caller}",
        Event.ResyncCompleted => "Resynchronization completed",
        _ => null,
    };

    private static string? OfEnd(Event @event) => @event switch
    {
        Event.ProtectionEnabled => "Source and replica are ready",
        Event.TestFailoverCompleted => "The test machine runs",
        Event.TestFailoverCleanedUp e => e.IsDrill ? "The test is over and counts as a drill" : "The test is over before its machine ran",
        Event.FailoverCompleted e => $"Failover completed: the machine runs from recovery point {e.Point}; {Loss(e.Loss)}",
        Event.PointChanged e => $"Point changed: the machine runs from recovery point {e.Point}; {Loss(e.Loss)}",
        Event.Committed => "The failover is final",
        Event.FailoverCancelled => "Failover cancelled: the machine runs at the source again",
        Event.ReverseReplicationEstablished => "The other direction is ready to replicate",
        Event.ProtectionDisabled => "Protection ended",
        _ => null,
    };

    private static string Of(Protection p) =>
        $"{p.Machine} from {p.Primary} to {p.Recovery}, scenario {p.Scenario}, " +
        $"{Count(p.Disks.Count, "disk")} of {Bytes(p.Disks.Sum(disk => (double)disk.Length))}, "
        + $"a recovery point every {Span(p.PointInterval)}, activation {p.Activation}";

    private static string Of(RecoveryPoint p) =>
        $"Recovery point {p.Id} ({p.Kind}) with all writes below {p.Sequence}, taken at {Instant(p.TakenAt)}, RPO {Span(p.Rpo)}";

    private static string Next(DateTimeOffset? retryAt) =>
        retryAt is { } at ? $"next try at {Instant(at)}" : "waits for an operator";

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Span(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");

    private static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var (value, unit) = (bytes, 0);
        while (value >= 1024 && unit < units.Length - 1) (value, unit) = (value / 1024, unit + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {units[unit]}");
    }

    /// <summary>Texts come from outside: they must neither break the line nor command the terminal.</summary>
    private static string OneLine(string text) => string.Create(text.Length, text, static (line, source) =>
    {
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? ' ' : source[i];
        }
    });
}
