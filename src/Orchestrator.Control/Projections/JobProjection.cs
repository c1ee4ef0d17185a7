using System.Collections.Immutable;
using Orchestrator.Contracts;
using Orchestrator.Domain;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Projections;

/// <summary>The jobs of one machine, folded from its events: each accepted operation is one, the last ones are kept.</summary>
/// <remarks>
/// <para>A machine has at most one open job: a workflow that starts while another runs takes over, and the other ends as
/// Cancelled. A step's failure suspends its job until the step is begun again. No job ends as Failed: one that cannot go on
/// waits, as Suspended, for the operator or for a request that takes over.</para>
/// <para>A resume is no job: it is noted in the job it makes go on, and <see cref="Find"/> finds that job under its id.
/// Reverse replication that begins by itself after a commit belongs to the commit's job, which is open again for it.</para>
/// <para>Events of an operation whose start was not seen are ignored, so the fold may begin anywhere in a history.</para>
/// <para>One thread at a time may apply; any thread may read, and sees whole jobs.</para>
/// </remarks>
public sealed class JobProjection
{
    /// <summary>How many jobs are kept unless said otherwise.</summary>
    public const int DefaultLimit = 1000;

    /// <summary>The kind of the job that enables protection; the other kinds are <see cref="OperationKinds"/>.</summary>
    public const string EnableKind = "protect";

    private readonly int _limit;
    private volatile ImmutableList<Job> _jobs = []; // Oldest first.

    /// <summary>Begins without jobs.</summary>
    /// <param name="machine">The machine's name.</param>
    /// <param name="limit">How many jobs are kept, at least 1.</param>
    public JobProjection(string machine, int limit = DefaultLimit)
    {
        ArgumentException.ThrowIfNullOrEmpty(machine);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        Machine = machine;
        _limit = limit;
    }

    /// <summary>The machine's name.</summary>
    public string Machine { get; }

    /// <summary>The number of the last event applied; 0 before the first.</summary>
    public long LastSequence { get; private set; }

    /// <summary>The jobs, newest first.</summary>
    public IReadOnlyList<JobView> Jobs => [.. _jobs.Reverse().Select(job => job.View)];

    /// <summary>The job that has not ended, or null.</summary>
    public JobView? Current => _jobs is [.., { IsOpen: true } last] ? last.View : null;

    /// <summary>The job of an operation, or the job that a resume with this id made go on; null when there is none (any more).</summary>
    public JobView? Find(Guid operation) =>
        _jobs.FindLast(job => job.View.Id == operation || job.Resumes.Exists(resume => resume.Operation.Value == operation))?.View;

    /// <summary>Takes the next event of the machine in; one that was taken in before is ignored.</summary>
    /// <param name="sequence">Its number in the machine's history, from 1; any for the first, then consecutive.</param>
    /// <param name="events">What the event stands for today: one, or as many as its upcasters made of it.</param>
    /// <exception cref="InvalidOperationException">Events are missing in between.</exception>
    public void Apply(long sequence, params IReadOnlyList<Event> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        if (sequence <= LastSequence) return;
        if (LastSequence > 0 && sequence != LastSequence + 1)
        {
            throw new InvalidOperationException(
                $"The jobs of machine {Machine} lack the events after {LastSequence} and before {sequence}: fold them from the journal anew.");
        }

        foreach (var e in events) Fold(e);
        LastSequence = sequence;
    }

    private void Fold(Event @event)
    {
        switch (@event)
        {
            case Event.WorkflowStarted e: Start(e); break;
            case Event.Resumed e: ChangeOpen(operation: null, job => job.Resume(e)); break;
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
        var jobs = _jobs;
        if (jobs is [.., var last])
        {
            if (last.View.Id == e.Operation.Value)
            {
                _jobs = jobs.SetItem(jobs.Count - 1, last.GoOn(e));
                return;
            }

            if (last.IsOpen) jobs = jobs.SetItem(jobs.Count - 1, last.Cancel(e));
        }

        jobs = jobs.Add(Job.Start(Machine, e));
        _jobs = jobs.Count > _limit ? jobs.RemoveAt(0) : jobs;
    }

    /// <summary>Changes the open job if it is that of the operation, or whosever it is for null.</summary>
    private void ChangeOpen(OperationId? operation, Func<Job, Job> change)
    {
        var jobs = _jobs;
        if (jobs is not [.., { IsOpen: true } last]) return;
        if (operation is null || last.View.Id == operation.Value.Value) _jobs = jobs.SetItem(jobs.Count - 1, change(last));
    }
}
