using System.Globalization;
using System.Text;
using System.Text.Json;
using Orchestrator.Actors.Projections;
using Orchestrator.Contracts;
using Orchestrator.Control.Machines;
using Orchestrator.Domain;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Projections;

/// <summary>The jobs of all machines: each accepted operation is one.</summary>
/// <remarks>
/// <para>Rows: <c>job/MACHINE/NUMBER</c> is a job (<see cref="JobView"/>, JSON; NUMBER is that of the event that began it),
/// <c>op/OPERATION/MACHINE</c> the key of an operation's job, <c>last/MACHINE</c> what the next event needs.</para>
/// <para>A machine has at most one open job: a workflow that starts while another runs takes over, and the other ends as
/// Cancelled. A step's failure suspends its job until the step is begun again. No job ends as Failed: one that cannot go on
/// waits, as Suspended, for the operator or for a request that takes over.</para>
/// <para>A resume is no job: it is noted in the job it makes go on, which is found under its id. Reverse replication that begins by
/// itself after a commit belongs to the commit's job, which is open again for it.</para>
/// </remarks>
public sealed class JobsProjection(MachineEvents events) : Projection
{
    /// <summary>The projection's name.</summary>
    public const string Name = "jobs";

    /// <summary>The kind of the job that enables protection; the other kinds are <see cref="OperationKinds"/>.</summary>
    public const string EnableKind = "protect";

    /// <inheritdoc />
    public override ProjectionId Id { get; } = new(Name, 1);

    /// <inheritdoc />
    public override IReadOnlyList<string> Reads(ProjectedEvent @event) =>
        @event.Stored.Id.Kind == MachineActor.Kind ? [LastKey(@event.Stored.Id.Name)] : [];

    /// <inheritdoc />
    public override IReadOnlyList<RowChange> Handle(ProjectedEvent @event, Func<string, byte[]?> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var stored = @event.Stored;
        if (stored.Id.Kind != MachineActor.Kind) return [];
        var key = LastKey(stored.Id.Name);
        var last = Row<LastJob>(rows(key)) ?? new LastJob(0, IsBroken: false, null, null);
        if (last.IsBroken || stored.SequenceNr <= last.Sequence) return [];
        if (stored.SequenceNr != last.Sequence + 1) return [RowChange.Upsert(key, Json(last with { IsBroken = true }))];
        var fold = new Fold(stored.Id.Name, stored.SequenceNr, last);
        foreach (var one in events.Decode(stored)) fold.Apply(one);
        return [.. fold.Changes, RowChange.Upsert(key, Json(fold.Last))];
    }

    /// <summary>The prefix of a machine's jobs, oldest first; of all machines' for null.</summary>
    internal static string JobPrefix(string? machine) => machine is null ? "job/" : $"job/{machine}/";

    /// <summary>The prefix of the rows that lead to an operation's job.</summary>
    internal static string OperationPrefix(Guid operation) => $"op/{operation:N}/";

    internal static string LastKey(string machine) => $"last/{machine}";

    /// <summary>Whether the machine's events could not all be read, so that its jobs stand still.</summary>
    internal static bool IsBroken(byte[]? last) => Row<LastJob>(last) is { IsBroken: true };

    private static byte[] Json<T>(T row) => JsonSerializer.SerializeToUtf8Bytes(row, Wire.Json);

    private static T? Row<T>(byte[]? row)
        where T : class => row is null ? null : JsonSerializer.Deserialize<T>(row, Wire.Json);

    /// <summary>What the next event of a machine meets.</summary>
    /// <param name="Sequence">The last event taken in.</param>
    /// <param name="IsBroken">An event before that one could not be read; nothing behind it counts.</param>
    /// <param name="Key">The key of the newest job.</param>
    /// <param name="Job">The newest job.</param>
    private sealed record LastJob(long Sequence, bool IsBroken, string? Key, Job? Job);

    private sealed class Fold(string machine, long sequence, LastJob last)
    {
        private readonly List<RowChange> _changes = [];
        private string? _key = last.Key;
        private Job? _job = last.Job;

        public IReadOnlyList<RowChange> Changes => _changes;

        public LastJob Last => new(sequence, IsBroken: false, _key, _job);

        public void Apply(Event @event)
        {
            switch (@event)
            {
                case Event.WorkflowStarted e: Start(e); break;
                case Event.Resumed e: Resume(e); break;
                case Event.StepStarted e: ChangeOpen(e.Operation, job => job.Begin(e)); break;
                case Event.StepCompleted e: ChangeOpen(e.Operation, job => job.Complete(e)); break;
                case Event.StepFailed e: ChangeOpen(e.Operation, job => job.Fail(e)); break;
                case Event.StepSkipped e: ChangeOpen(e.Operation, job => job.Skip(e)); break;
                default:
                    if (JobText.EndOf(@event) is { } end) ChangeOpen(end.Operation, job => job.Succeed(end.Outcome, @event.At));
                    break;
            }
        }

        private void Start(Event.WorkflowStarted e)
        {
            if (_job is { } job && job.View.Id == e.Operation.Value)
            {
                Write(job.GoOn(e));
                return;
            }

            if (_job is { IsOpen: true } open) Write(open.Cancel(e));
            _key = string.Create(CultureInfo.InvariantCulture, $"{JobPrefix(machine)}{sequence:D19}");
            Write(Job.Start(machine, e));
            Lead(e.Operation);
        }

        private void Resume(Event.Resumed e)
        {
            if (_job is not { IsOpen: true, View.State: JobText.Suspended } job) return;
            Write(job.Resume(e));
            Lead(e.Operation);
        }

        private void ChangeOpen(OperationId operation, Func<Job, Job> change)
        {
            if (_job is { IsOpen: true } job && job.View.Id == operation.Value) Write(change(job));
        }

        private void Write(Job job)
        {
            _job = job;
            _changes.Add(RowChange.Upsert(_key!, Json(job.View)));
        }

        private void Lead(OperationId operation) =>
            _changes.Add(RowChange.Upsert(OperationPrefix(operation.Value) + machine, Encoding.UTF8.GetBytes(_key!)));
    }
}
