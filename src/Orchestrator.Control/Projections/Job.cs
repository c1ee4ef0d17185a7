using Orchestrator.Contracts;
using Orchestrator.Domain.Machines;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Projections;

/// <summary>A job as far as it got.</summary>
/// <param name="View">What is shown of it.</param>
/// <param name="ResumedBy">Who had it go on after a failure, in order.</param>
/// <param name="Achieved">What its first workflow achieved, once it goes on with a second one; else null.</param>
internal sealed record Job(JobView View, IReadOnlyList<string> ResumedBy, string? Achieved)
{
    public bool IsOpen => View.EndedAt is null;

    public static Job Start(string machine, Event.WorkflowStarted e) => new(
        new JobView(
            e.Operation.Value, machine, JobText.KindOf(e.Asked), JobText.InProgress, e.Caller, e.At, EndedAt: null, TasksOf(e.Steps), Outcome: null),
        [], Achieved: null);

    /// <summary>Goes on with another workflow under the same id: the reverse replication that follows a commit by itself.</summary>
    public Job GoOn(Event.WorkflowStarted e) => this with
    {
        View = View with { State = JobText.InProgress, EndedAt = null, Outcome = null, Tasks = [.. View.Tasks, .. TasksOf(e.Steps)] },
        Achieved = View.Outcome,
    };

    public Job Begin(Event.StepStarted e) => Change(e.Step, JobText.InProgress, task => task with
    {
        State = JobText.InProgress,
        StartedAt = task.StartedAt ?? e.At,
        EndedAt = null,
        RetryAt = null,
    });

    public Job Complete(Event.StepCompleted e) => Change(e.Step, JobText.InProgress, task => task with
    {
        State = JobText.Succeeded,
        EndedAt = e.At,
        Detail = e.Detail.Length == 0 ? null : e.Detail,
    });

    public Job Fail(Event.StepFailed e) => Change(e.Step, JobText.Suspended, task => task with
    {
        State = JobText.Failed,
        EndedAt = e.At,
        Detail = $"{e.Code}: {e.Message} (attempt {e.Attempt})",
        RetryAt = e.RetryAt,
    });

    public Job Skip(Event.StepSkipped e) => Change(e.Step, JobText.InProgress, task => task with
    {
        State = JobText.Skipped,
        EndedAt = e.At,
        Detail = $"{e.Code}: {e.Message}",
    });

    /// <summary>Notes that the failed step is tried at once; nothing when no step has failed.</summary>
    public Job Resume(Event.Resumed e) => View.State != JobText.Suspended
        ? this
        : this with
        {
            View = View with { Tasks = [.. View.Tasks.Select(task => task.State == JobText.Failed ? task with { RetryAt = e.At } : task)] },
            ResumedBy = [.. ResumedBy, e.Caller],
        };

    public Job Succeed(string outcome, DateTimeOffset at) => End(JobText.Succeeded, outcome, at);

    /// <summary>Another request took over; a step that was begun is left as it is.</summary>
    public Job Cancel(Event.WorkflowStarted by)
    {
        var job = this with { View = View with { Tasks = [.. View.Tasks.Select(task => Abandoned(task, by.At))] } };
        return job.End(JobText.Cancelled, $"Taken over by {JobText.KindOf(by.Asked)} {by.Operation} of {by.Caller}.", by.At);
    }

    private static TaskView[] TasksOf(StepList steps) =>
        [.. steps.Select(step => new TaskView(step.ToString(), JobText.NotStarted, null, null, null, null))];

    private static TaskView Abandoned(TaskView task, DateTimeOffset at) => task.State switch
    {
        JobText.InProgress => task with { State = JobText.Failed, EndedAt = at, Detail = "Abandoned while under way; its effect may exist." },
        JobText.Failed => task with { RetryAt = null },
        _ => task,
    };

    private Job End(string state, string outcome, DateTimeOffset at)
    {
        var skipped = View.Tasks.Where(task => task.State == JobText.Skipped).Select(task => task.Name).ToArray();
        string?[] parts =
        [
            Achieved,
            outcome,
            skipped.Length == 0 ? null : $"Left out: {string.Join(", ", skipped)}.",
            ResumedBy.Count == 0 ? null : $"Resumed by {string.Join(", ", ResumedBy.Distinct())}.",
        ];
        return this with
        {
            View = View with { State = state, EndedAt = at, Outcome = string.Join(' ', parts.Where(part => part is not null)) },
        };
    }

    private Job Change(Step step, string state, Func<TaskView, TaskView> change)
    {
        var name = step.ToString();
        TaskView[] tasks = [.. View.Tasks];
        var index = Array.FindIndex(tasks, task => task.Name == name && task.State is not (JobText.Succeeded or JobText.Skipped));
        if (index < 0) return this;
        tasks[index] = change(tasks[index]);
        return this with { View = View with { State = state, Tasks = tasks } };
    }
}
