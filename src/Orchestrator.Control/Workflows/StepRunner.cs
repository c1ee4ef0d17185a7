using System.Diagnostics;
using Orchestrator.Control.Machines;
using Orchestrator.Control.Sites;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using Orchestrator.Fabric;
using Orchestrator.Replication;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Control.Workflows;

/// <summary>Carries one workflow step out at the sites.</summary>
/// <remarks>
/// A step is keyed by its operation and repeated after a crash, so each call below is one a site answers again without doing more.
/// Nothing is remembered here: what a step needs comes with <see cref="PendingStep"/>, out of the journal.
/// </remarks>
public sealed class StepRunner(ISiteDirectory sites, TimeProvider time)
{
    /// <summary>Runs the step to its end; errors become an outcome, only cancellation throws.</summary>
    /// <param name="step">The step.</param>
    /// <param name="state">The state it was derived from.</param>
    /// <param name="term">The right to act on the machine; every call carries it.</param>
    /// <param name="cancellation">Ends the step: this node has lost the right, or stops.</param>
    public async Task<StepOutcome> RunAsync(PendingStep step, ProtectedMachine.State state, ControlTerm term, CancellationToken cancellation)
    {
        try
        {
            return await new Run(step, state, term, sites, time, cancellation).ExecuteAsync();
        }
        catch (ReplicationException error)
        {
            return new StepOutcome.Failed(error.Code, error.Message, error.IsTransient);
        }
        catch (FabricException error)
        {
            return new StepOutcome.Failed(error.Code, error.Message, error.IsTransient);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or HttpRequestException or TimeoutException)
        {
            return new StepOutcome.Failed(ControlCodes.StepFailed, error.Message, IsTransient: true);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // A bug: the operation must still end somewhere an operator sees it and can resume it.
            return new StepOutcome.Failed(ControlCodes.StepFailed, $"{error.GetType().Name}: {error.Message}", IsTransient: false);
        }
    }

    private sealed class Run(
        PendingStep pending, ProtectedMachine.State state, ControlTerm term, ISiteDirectory sites, TimeProvider time, CancellationToken cancellation)
    {
        private readonly Protection _protection = pending.Protection;
        private readonly string _id = pending.Protection.Machine.Value;
        private readonly Guid _operation = pending.Operation.Value;

        private Site Source => SiteOf(_protection.ActiveSite);

        private Site Target => SiteOf(_protection.StandbySite);

        public Task<StepOutcome> ExecuteAsync() => pending.Step switch
        {
            Step.AttachSource => AttachSourceAsync(),
            Step.PrepareReplica or Step.PrepareReverseReplica => PrepareReplicaAsync(),
            Step.QuiesceSource or Step.StopSource => QuiesceAsync(),
            Step.DrainChanges => DrainAsync(),
            Step.VerifyReplica => VerifyAsync(),
            Step.FenceSource => FenceAsync(),
            Step.ActivateReplica => ActivateAsync(),
            Step.StartMachine => StartAsync(Target, InstanceKind.Production, pending.Activation, status => status.Exports),
            Step.OpenTestReplica => OpenTestAsync(),
            Step.StartTestMachine => StartAsync(Target, InstanceKind.Test, _protection.Activation, status => status.TestExports),
            Step.StopTestMachine => StopAsync(Target, InstanceKind.Test),
            Step.CloseTestReplica => CloseTestAsync(),
            Step.StopMachine => StopAsync(Target, InstanceKind.Production),
            Step.DeactivateReplica => DeactivateAsync(),
            Step.ResumeSource => ResumeSourceAsync(),
            Step.CommitReplica => CommitAsync(),
            Step.ReleaseSource => ReleaseFormerSourceAsync(),
            Step.StopReplication => StopReplicationAsync(),
            Step.RemoveReplica => RemoveReplicaAsync(),
            Step.DetachSource => DetachSourceAsync(),
            _ => throw new UnreachableException($"Step {pending.Step} has no runner."),
        };

        private async Task<StepOutcome> AttachSourceAsync()
        {
            if (pending.Workflow == WorkflowKind.Enable
                && await Target.Fabric.FindAsync(_id, InstanceKind.Production, cancellation) is { } elsewhere)
            {
                // Left there by an earlier protection that ended after a failover: started here as well, two would run.
                return new StepOutcome.Failed(ControlCodes.RunsElsewhere,
                    $"Machine {_id} runs at {Target.Name} under activation {elsewhere.Activation}. Unprotect it and protect it with {Target.Name} " +
                    $"as its primary site; or stop it there, if {Source.Name} is where it has to run, and resume.", IsTransient: false);
            }

            var atPrimary = _protection.ActiveSite == _protection.Primary;
            var disks = atPrimary ? _protection.Disks.Select(disk => disk.SourcePath).ToArray() : null;
            var attached = await Source.Replication.AttachSourceAsync(
                new SourceRequest(_id, disks, pending.Activation), cancellation);
            await StartOnAsync(Source, InstanceKind.Production, pending.Activation, attached.Exports);
            return Done($"{attached.Exports.Count} disk(s) captured at {Source.Name}");
        }

        private async Task<StepOutcome> PrepareReplicaAsync()
        {
            var seeded = _protection.StandbySite == _protection.Primary;
            var disks = _protection.Disks
                .Select(disk => new ReplicaDiskRequest(disk.Length, seeded ? disk.SourcePath : null)).ToArray();
            await Target.Replication.PrepareReplicaAsync(new ReplicaRequest(_id, disks, pending.Activation), cancellation);
            return Done(seeded ? $"the disks at {Target.Name} are the seed" : $"replica ready at {Target.Name}");
        }

        private async Task<StepOutcome> QuiesceAsync()
        {
            await Source.Fabric.StopAsync(new StopRequest(_id, InstanceKind.Production, pending.Activation, _operation), cancellation);
            var mark = await Source.Replication.QuiesceAsync(_id, _protection.Activation, cancellation);
            return Done($"stopped at {Source.Name}; the last write is number {mark.Sequence - 1}");
        }

        private async Task<StepOutcome> DrainAsync()
        {
            await ReplicationStart.EnsureAsync(
                Source, Target, _protection, CopyMode.Delta, ProtectedMachine.ReplicationOf(state)?.Generation ?? 0, restartsLost: false,
                cancellation);
            await Source.Replication.DrainAsync(_id, cancellation);
            return Done("everything written is applied at the target", await NewPointsAsync());
        }

        private async Task<StepOutcome> VerifyAsync()
        {
            var source = Source.Replication.DigestSourceAsync(_id, cancellation).AsTask();
            var target = await Target.Replication.DigestReplicaAsync(_id, cancellation);
            if (!target.SequenceEqual(await source))
            {
                return new StepOutcome.Failed(ControlCodes.DigestsDiffer,
                    $"The disks at {Source.Name} and {Target.Name} differ although all changes were applied. " +
                    "Cancel the failover and start a resync; keep both disks for analysis.", IsTransient: false);
            }

            return Done($"SHA-256 equal at both sites: {string.Join(", ", target)}", await NewPointsAsync());
        }

        private async Task<StepOutcome> FenceAsync()
        {
            await Source.Replication.FenceAsync(_id, pending.Activation, cancellation);
            await Source.Replication.StopReplicationAsync(_id, forgetCopy: false, cancellation);
            return Done($"{Source.Name} refuses writes below activation {pending.Activation}");
        }

        private async Task<StepOutcome> ActivateAsync()
        {
            var activated = await Target.Replication.ActivateAsync(_id, pending.Point?.Value, pending.Activation, _operation, cancellation);
            return Done($"{Target.Name} is active from point {activated.Point} under activation {pending.Activation}");
        }

        private async Task<StepOutcome> StartAsync(
            Site site, InstanceKind kind, long activation, Func<ReplicaStatus, IReadOnlyList<DiskExport>> exports)
        {
            var replica = await site.Replication.GetReplicaAsync(_id, cancellation) ?? throw new ReplicationException(
                ErrorCodes.ReplicaNotFound, $"Site {site.Name} has no replica of {_id}.", isTransient: false);
            await StartOnAsync(site, kind, activation, exports(replica));
            return Done($"started at {site.Name}");
        }

        private async Task StartOnAsync(Site site, InstanceKind kind, long activation, IReadOnlyList<DiskExport> exports) =>
            await site.Fabric.StartAsync(new StartRequest(_id, kind, activation, _operation,
                [.. exports.Select(disk => new DiskAttachment(disk.Index, new Uri(disk.Uri), disk.Length))]), cancellation);

        private async Task<StepOutcome> StopAsync(Site site, InstanceKind kind)
        {
            await site.Fabric.StopAsync(new StopRequest(_id, kind, pending.Activation, _operation), cancellation);
            return Done($"stopped at {site.Name}");
        }

        private async Task<StepOutcome> OpenTestAsync()
        {
            var exports = await Target.Replication.OpenTestAsync(_id, pending.Point!.Value.Value, _operation, cancellation);
            return Done(string.Join(", ", exports.Select(disk => disk.Uri)));
        }

        private async Task<StepOutcome> CloseTestAsync()
        {
            await Target.Replication.CloseTestAsync(_id, _operation, cancellation);
            return Done($"test copy deleted at {Target.Name}");
        }

        private async Task<StepOutcome> DeactivateAsync()
        {
            await Target.Replication.DeactivateAsync(_id, _operation, cancellation);
            return Done($"{Target.Name} is no longer active");
        }

        private async Task<StepOutcome> ResumeSourceAsync()
        {
            await Source.Replication.ResumeSourceAsync(_id, pending.Activation, cancellation);
            var status = await Source.Replication.GetSourceAsync(_id, cancellation);
            await StartOnAsync(Source, InstanceKind.Production, pending.Activation, status?.Exports ?? []);
            return Done($"{Source.Name} runs again under activation {pending.Activation}");
        }

        private async Task<StepOutcome> CommitAsync()
        {
            await Target.Replication.CommitAsync(_id, _operation, cancellation);
            return Done("final: the other recovery points are deleted");
        }

        /// <summary>After a forced failover the machine may still run there: it must not outlive the right to its disks.</summary>
        private async Task<StepOutcome> ReleaseFormerSourceAsync()
        {
            await Target.Fabric.StopAsync(new StopRequest(_id, InstanceKind.Production, pending.Activation, _operation), cancellation);
            await Target.Replication.ReleaseSourceAsync(_id, keepExport: false, cancellation);
            return Done($"stopped and capture ended at {Target.Name}");
        }

        private async Task<StepOutcome> DetachSourceAsync()
        {
            await Source.Replication.ReleaseSourceAsync(_id, keepExport: true, cancellation);
            return Done($"capture ended at {Source.Name}");
        }

        private async Task<StepOutcome> StopReplicationAsync()
        {
            await Source.Replication.StopReplicationAsync(_id, forgetCopy: true, cancellation);
            return Done("replication stopped");
        }

        private async Task<StepOutcome> RemoveReplicaAsync()
        {
            var keepDisks = _protection.StandbySite == _protection.Primary;
            await Target.Replication.RemoveReplicaAsync(_id, keepDisks, cancellation);
            return Done(keepDisks ? "recovery points deleted, the original disks kept" : "replica deleted");
        }

        private async Task<IReadOnlyList<ProtectedMachine.Command>> NewPointsAsync() =>
            await Target.Replication.GetReplicaAsync(_id, cancellation) is { } replica
                ? ReplicationReports.NewPoints(ProtectedMachine.PointsOf(state), replica, _protection.Activation, time.GetUtcNow())
                : [];

        private Site SiteOf(SiteName name) => sites.Find(name)?.Under(term) ?? throw new ReplicationException(
            ControlCodes.SiteUnknown, $"Site {name} is not configured on this node. Add it under sites, then resume.", isTransient: false);

        private static StepOutcome.Done Done(string detail, IReadOnlyList<ProtectedMachine.Command>? reports = null) =>
            new(detail, reports ?? []);
    }
}
