using Orchestrator.Fabric;
using Orchestrator.Replication;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Source;

namespace Orchestrator.Control.Tests.Sites;

/// <summary>A site in memory that keeps the promises of <see cref="IReplicationSite"/> and <see cref="IFabric"/> and checks its caller.</summary>
internal sealed class ScriptedSite(World world, string name) : IReplicationSite, IFabric
{
    private readonly Dictionary<InstanceKind, MachineInstance?> _running = [];
    private readonly Dictionary<string, ControlTerm> _terms = [];
    private readonly Dictionary<InstanceKind, long> _floors = [];
    private long _highest;

    public string Name => name;

    /// <summary>Who makes the call that begins now; everything runs on one loop.</summary>
    internal Caller Caller { get; set; } = null!;

    internal ScriptedSource? Source { get; private set; }

    internal ScriptedReplica? Replica { get; private set; }

    internal bool IsSilent { get; set; }

    internal string Digest { get; set; } = "same";

    internal MachineInstance? Running(InstanceKind kind) => _running.GetValueOrDefault(kind);

    /// <summary>Another owner has acted on the machine.</summary>
    internal void Seen(string machine, long epoch) => _terms[machine] = new ControlTerm(0, epoch);

    public IReplicationSite Under(ControlTerm term) => throw new NotSupportedException("Nodes call it through their handle.");

    public ValueTask<long> MeasureDiskAsync(string path, CancellationToken cancellation) => ValueTask.FromResult(World.DiskLength);

    public ValueTask<AttachedSource> AttachSourceAsync(SourceRequest request, CancellationToken cancellation) =>
        Do("AttachSource", Guid.Empty, $"{request.Activation}", () =>
        {
            Claim(request.Activation);
            Source ??= new ScriptedSource();
            (Source.Activation, Source.Fenced) = (request.Activation, false);
            return new AttachedSource(Exports("disk"));
        });

    public ValueTask StartReplicationAsync(ReplicationRequest request, CancellationToken cancellation) =>
        Do("StartReplication", Guid.Empty, $"{request.Mode} generation {request.Generation}", () => Have(Source).Start(request));

    public ValueTask StopReplicationAsync(string id, bool forgetCopy, CancellationToken cancellation) =>
        Do("StopReplication", Guid.Empty, $"forget {forgetCopy}", () => Source?.Stop());

    public ValueTask<SourceStatus?> GetSourceAsync(string id, CancellationToken cancellation)
    {
        Answer();
        return ValueTask.FromResult(Source?.Look(world.IsLinkBroken, Exports("disk")));
    }

    public ValueTask<EpochMark> QuiesceAsync(string id, long activation, CancellationToken cancellation) =>
        Do("Quiesce", Guid.Empty, $"{activation}", () =>
        {
            Have(Source).Fenced = true;
            return new EpochMark(99, 1000, EpochKind.Final, Ids.Of($"final {activation}"), world.Time.GetUtcNow());
        });

    public ValueTask DrainAsync(string id, CancellationToken cancellation) => Do("Drain", Guid.Empty, "", () =>
    {
        if (Have(Source).Run is not { Running: true }) throw Fault("Nothing replicates.", isTransient: true);
        world.Other(this).Replica!.Take(Ids.Of($"final {Source!.Activation}"), EpochKind.Final, world.Time.GetUtcNow());
    });

    public ValueTask FenceAsync(string id, long activation, CancellationToken cancellation) => Do("Fence", Guid.Empty, $"{activation}", () =>
    {
        Claim(activation);
        Have(Source).Fenced = true;
    });

    public ValueTask ResumeSourceAsync(string id, long activation, CancellationToken cancellation) =>
        Do("ResumeSource", Guid.Empty, $"{activation}", () =>
        {
            Claim(activation);
            (Have(Source).Activation, Source!.Fenced) = (activation, false);
        });

    public ValueTask ReleaseSourceAsync(string id, bool keepExport, CancellationToken cancellation) =>
        Do("ReleaseSource", Guid.Empty, $"keep {keepExport}", () => { Source = null; });

    public ValueTask<IReadOnlyList<string>> DigestSourceAsync(string id, CancellationToken cancellation) =>
        Do<IReadOnlyList<string>>("DigestSource", Guid.Empty, "", () => [Digest]);

    public ValueTask PrepareReplicaAsync(ReplicaRequest request, CancellationToken cancellation) =>
        Do("PrepareReplica", Guid.Empty, $"{request.Activation} seed {request.Disks[0].SeedPath}", () =>
        {
            if (Source is not null) world.Violations.Add($"{name} becomes a replica while it captures.");
            if (Replica is not { State: "Receiving" }) Replica = new ScriptedReplica();
        });

    public ValueTask<IReadOnlyList<byte[]>> GetReplicaKeysAsync(string id, CancellationToken cancellation)
    {
        Answer();
        return ValueTask.FromResult<IReadOnlyList<byte[]>>([new byte[32]]);
    }

    public ValueTask<ReplicaStatus?> GetReplicaAsync(string id, CancellationToken cancellation)
    {
        Answer();
        if (Replica is { State: "Receiving" } && world.Other(this).Source is { Fenced: false, Run: { Running: true, CopyCompleted: true } })
        {
            Replica.TakeIfDue(world.Time.GetUtcNow());
        }

        return ValueTask.FromResult(Replica?.Look(Exports("active"), Exports("test")));
    }

    public ValueTask<IReadOnlyList<DiskExport>> OpenTestAsync(string id, Guid point, Guid operation, CancellationToken cancellation) =>
        Do("OpenTest", operation, $"{point}", () =>
        {
            Have(Replica).HasTest = true;
            return Exports("test");
        });

    public ValueTask CloseTestAsync(string id, Guid operation, CancellationToken cancellation) =>
        Do("CloseTest", operation, "", () => { Have(Replica).HasTest = false; });

    public ValueTask<ActivatedReplica> ActivateAsync(
        string id, Guid? point, long activation, Guid operation, CancellationToken cancellation) =>
        Do("Activate", operation, $"{point} {activation}", () =>
        {
            Claim(activation);
            if (world.Other(this).Source is { Fenced: false }) world.Violations.Add($"{name} is activated while the source takes writes.");
            if (Have(Replica).Points.All(known => known.Id != point)) throw Fault($"No point {point}.", isTransient: false);
            Replica!.State = "Active";
            return new ActivatedReplica(point!.Value, Exports("active"));
        });

    public ValueTask DeactivateAsync(string id, Guid operation, CancellationToken cancellation) =>
        Do("Deactivate", operation, "", () => { Have(Replica).State = "Receiving"; });

    public ValueTask CommitAsync(string id, Guid operation, CancellationToken cancellation) => Do("Commit", operation, "", () =>
    {
        if (Have(Replica).State == "Receiving") world.Violations.Add($"{name} commits what is not active.");
        Replica!.State = "Committed";
        Replica.Points.Clear();
    });

    public ValueTask<IReadOnlyList<string>> DigestReplicaAsync(string id, CancellationToken cancellation) =>
        Do<IReadOnlyList<string>>("DigestReplica", Guid.Empty, "", () => ["same"]);

    public ValueTask RemoveReplicaAsync(string id, bool keepDisks, CancellationToken cancellation) =>
        Do("RemoveReplica", Guid.Empty, $"keep {keepDisks}", () => { Replica = null; });

    public ValueTask<MachineInstance> StartAsync(StartRequest request, CancellationToken cancellation) =>
        Do("Start", request.OperationId, $"{request.Kind} {request.Activation} {request.Disks[0].Uri}", () =>
        {
            if (request.Activation < _floors.GetValueOrDefault(request.Kind)) throw Late($"{request.Activation} may not start it any more.");
            _floors[request.Kind] = request.Activation;
            if (Running(request.Kind) is { } known && known.OperationId == request.OperationId) return known;
            if (request.Kind == InstanceKind.Production && world.Other(this) is { Source: null or { Fenced: false } } other
                && other.Running(InstanceKind.Production) is not null)
            {
                world.Violations.Add($"The machine is started at {name} while it runs at the other site.");
            }

            var started = new MachineInstance(request.Machine, request.Kind, request.Activation, request.OperationId, world.Time.GetUtcNow(), request.Disks);
            _running[request.Kind] = started;
            return started;
        }, isFabric: true);

    public ValueTask StopAsync(StopRequest request, CancellationToken cancellation) =>
        Do("Stop", request.OperationId, $"{request.Kind}", () =>
        {
            if (Running(request.Kind) is { } known && known.Activation > request.Activation) throw Late($"{request.Activation} may not stop it any more.");
            if (Running(request.Kind)?.OperationId == request.OperationId) return;
            _floors[request.Kind] = Math.Max(_floors.GetValueOrDefault(request.Kind), request.Activation);
            _running[request.Kind] = null;
        }, isFabric: true);

    /// <summary>Stops the machine behind the product's back, as an operator at the site can.</summary>
    internal void StopByHand() => _running[InstanceKind.Production] = null;

    /// <summary>Removes what a protection left that ended while the site did not answer.</summary>
    internal void ClearByHand() => (Source, Replica) = (null, null);

    public ValueTask<MachineInstance?> FindAsync(string machine, InstanceKind kind, CancellationToken cancellation) =>
        ValueTask.FromResult(Running(kind));

    private async ValueTask Do(string call, Guid operation, string arguments, Action effect, bool isFabric = false) => await Do(call, operation, arguments, () =>
    {
        effect();
        return true;
    }, isFabric);

    private async ValueTask<T> Do<T>(string call, Guid operation, string arguments, Func<T> effect, bool isFabric = false)
    {
        var caller = Caller;
        if (caller.Link.IsDead) await Never();
        Answer();
        Admit(caller, call);
        var trouble = world.Record(new SiteCall(world.Calls.Count + 1, name, call, operation, arguments) { Caller = caller });
        if (trouble is Trouble.Transient or Trouble.Permanent) throw Refusal(call, trouble == Trouble.Transient, isFabric);
        if (trouble == Trouble.HangsBefore) await HangAsync(caller);
        if (trouble == Trouble.Stuck) await world.GoOn.Task;
        var result = effect();
        if (trouble == Trouble.AnswerLost) throw Refusal(call, isTransient: true, isFabric);
        if (trouble == Trouble.HangsAfter) await HangAsync(caller);
        return result;
    }

    private static Task Never() => new TaskCompletionSource().Task;

    /// <summary>Never answers, as a caller learns that gives up.</summary>
    private async Task HangAsync(Caller caller)
    {
        world.Hanging = caller;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var given = caller.Cancellation.Register(() => ended.TrySetCanceled(caller.Cancellation));
        await ended.Task;
    }

    /// <summary>The highest term of a machine, as a site remembers it durably.</summary>
    private void Admit(Caller caller, string call)
    {
        if (caller.Term is not { } term)
        {
            world.Violations.Add($"{call} comes without a term.");
            return;
        }

        if (_terms.TryGetValue(caller.Machine, out var highest) && term.Epoch < highest.Epoch)
        {
            world.Refused.Add(caller);
            throw new ReplicationException(ErrorCodes.ControlFenced, $"{term} is below {highest}.", isTransient: false);
        }

        _terms[caller.Machine] = term;
    }

    private void Answer()
    {
        if (IsSilent) throw new ReplicationException(ErrorCodes.TargetUnreachable, $"{name} is silent.", isTransient: true);
    }

    /// <summary>The right of an activation number, as a site's durable fence guards it.</summary>
    private void Claim(long activation)
    {
        if (activation < _highest) throw new ReplicationException(ErrorCodes.Fenced, $"{activation} is below {_highest}.", isTransient: false);
        _highest = activation;
    }

    private T Have<T>(T? part)
        where T : class => part ?? throw Fault($"{name} has no {typeof(T).Name}.", isTransient: false);

    private static FabricException Late(string message) => new(FabricException.Fenced, message, isTransient: false);

    private static ReplicationException Fault(string message, bool isTransient) => new(ErrorCodes.TargetFailed, message, isTransient);

    private static Exception Refusal(string call, bool isTransient, bool isFabric) => isFabric
        ? new FabricException(FabricException.HookFailed, $"{call} fails.", isTransient)
        : new ReplicationException(ErrorCodes.DiskFailed, $"{call} fails.", isTransient);

    private IReadOnlyList<DiskExport> Exports(string what) =>
        [new DiskExport(0, $"nbd+unix:///{what}?socket=/{name}", World.DiskLength, $"/{name}/{what}")];
}

/// <summary>Ids that a repeat makes again.</summary>
internal static class Ids
{
    internal static Guid Of(string text) => new(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
