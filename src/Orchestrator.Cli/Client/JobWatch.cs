using Orchestrator.Contracts;

namespace Orchestrator.Cli.Client;

/// <summary>Follows a job until it ends or waits for the operator.</summary>
internal static class JobWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public static async Task<JobView> UntilEndAsync(
        NodeClient node, Guid job, Action<JobView>? progress, TimeProvider time, CancellationToken cancellation)
    {
        while (true)
        {
            var view = await node.GetAsync<JobView>(Routes.ForJob(job), cancellation);
            progress?.Invoke(view);
            if (view.EndedAt is not null || NeedsOperator(view)) return view;
            await Task.Delay(Interval, time, cancellation);
        }
    }

    private static bool NeedsOperator(JobView job) =>
        job.State == "Suspended" && job.Tasks.Any(task => task.State == "Failed" && task.RetryAt is null);
}
