using System.Net.Http.Json;
using System.Security.Authentication;
using System.Text.Json;
using Orchestrator.Fabric;
using Orchestrator.Replication;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Hosting.Node;

/// <summary>A site on another node, spoken to over mutual TLS.</summary>
internal sealed class RemoteSite : IReplicationSite, IFabric, IAsyncDisposable
{
    /// <summary>Draining and digesting whole disks take their time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);
    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly ControlTerm? _term;

    public RemoteSite(string name, Uri address, SiteIdentity identity, TimeProvider time)
    {
        Name = name;
        _address = address;
        _http = new HttpClient(identity.NewHandler()) { BaseAddress = address, Timeout = Patience };
        _ = time;
    }

    private RemoteSite(RemoteSite whole, ControlTerm term)
    {
        Name = whole.Name;
        (_address, _http, _term) = (whole._address, whole._http, term);
    }

    public string Name { get; }

    public IReplicationSite Under(ControlTerm term) => new RemoteSite(this, term);

    public ValueTask<long> MeasureDiskAsync(string path, CancellationToken cancellation) =>
        AskAsync<long>("measure-disk", new SiteCall { Text = path }, cancellation);

    public ValueTask<AttachedSource> AttachSourceAsync(SourceRequest request, CancellationToken cancellation) =>
        AskAsync<AttachedSource>("attach-source", With(request), cancellation);

    public ValueTask StartReplicationAsync(ReplicationRequest request, CancellationToken cancellation) =>
        TellAsync("start-replication", With(request), cancellation);

    public ValueTask StopReplicationAsync(string id, bool forgetCopy, CancellationToken cancellation) =>
        TellAsync("stop-replication", new SiteCall { Id = id, Flag = forgetCopy }, cancellation);

    public ValueTask<SourceStatus?> GetSourceAsync(string id, CancellationToken cancellation) =>
        AskAsync<SourceStatus?>("get-source", new SiteCall { Id = id }, cancellation);

    public ValueTask<EpochMark> QuiesceAsync(string id, long activation, CancellationToken cancellation) =>
        AskAsync<EpochMark>("quiesce", new SiteCall { Id = id, Activation = activation }, cancellation);

    public ValueTask DrainAsync(string id, CancellationToken cancellation) =>
        TellAsync("drain", new SiteCall { Id = id }, cancellation);

    public ValueTask FenceAsync(string id, long activation, CancellationToken cancellation) =>
        TellAsync("fence", new SiteCall { Id = id, Activation = activation }, cancellation);

    public ValueTask ResumeSourceAsync(string id, long activation, CancellationToken cancellation) =>
        TellAsync("resume-source", new SiteCall { Id = id, Activation = activation }, cancellation);

    public ValueTask ReleaseSourceAsync(string id, bool keepExport, CancellationToken cancellation) =>
        TellAsync("release-source", new SiteCall { Id = id, Flag = keepExport }, cancellation);

    public ValueTask<IReadOnlyList<string>> DigestSourceAsync(string id, CancellationToken cancellation) =>
        AskAsync<IReadOnlyList<string>>("digest-source", new SiteCall { Id = id }, cancellation);

    public ValueTask PrepareReplicaAsync(ReplicaRequest request, CancellationToken cancellation) =>
        TellAsync("prepare-replica", With(request), cancellation);

    public ValueTask<IReadOnlyList<byte[]>> GetReplicaKeysAsync(string id, CancellationToken cancellation) =>
        AskAsync<IReadOnlyList<byte[]>>("get-replica-keys", new SiteCall { Id = id }, cancellation);

    public ValueTask<ReplicaStatus?> GetReplicaAsync(string id, CancellationToken cancellation) =>
        AskAsync<ReplicaStatus?>("get-replica", new SiteCall { Id = id }, cancellation);

    public ValueTask<IReadOnlyList<DiskExport>> OpenTestAsync(string id, Guid point, Guid operation, CancellationToken cancellation) =>
        AskAsync<IReadOnlyList<DiskExport>>("open-test", new SiteCall { Id = id, Point = point, Operation = operation }, cancellation);

    public ValueTask CloseTestAsync(string id, Guid operation, CancellationToken cancellation) =>
        TellAsync("close-test", new SiteCall { Id = id, Operation = operation }, cancellation);

    public ValueTask<ActivatedReplica> ActivateAsync(
        string id, Guid? point, long activation, Guid operation, CancellationToken cancellation) =>
        AskAsync<ActivatedReplica>(
            "activate", new SiteCall { Id = id, Point = point, Activation = activation, Operation = operation }, cancellation);

    public ValueTask DeactivateAsync(string id, Guid operation, CancellationToken cancellation) =>
        TellAsync("deactivate", new SiteCall { Id = id, Operation = operation }, cancellation);

    public ValueTask CommitAsync(string id, Guid operation, CancellationToken cancellation) =>
        TellAsync("commit", new SiteCall { Id = id, Operation = operation }, cancellation);

    public ValueTask<IReadOnlyList<string>> DigestReplicaAsync(string id, CancellationToken cancellation) =>
        AskAsync<IReadOnlyList<string>>("digest-replica", new SiteCall { Id = id }, cancellation);

    public ValueTask RemoveReplicaAsync(string id, bool keepDisks, CancellationToken cancellation) =>
        TellAsync("remove-replica", new SiteCall { Id = id, Flag = keepDisks }, cancellation);

    public ValueTask<MachineInstance> StartAsync(StartRequest request, CancellationToken cancellation) =>
        AskAsync<MachineInstance>("fabric-start", With(request), cancellation);

    public ValueTask StopAsync(StopRequest request, CancellationToken cancellation) =>
        TellAsync("fabric-stop", With(request), cancellation);

    public ValueTask<MachineInstance?> FindAsync(string machine, InstanceKind kind, CancellationToken cancellation) =>
        AskAsync<MachineInstance?>("fabric-find", new SiteCall { Id = machine, Flag = kind == InstanceKind.Test }, cancellation);

    public ValueTask DisposeAsync()
    {
        if (_term is null) _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SiteCall With<T>(T request) => new() { Request = JsonSerializer.SerializeToElement(request, SiteWire.Json) };

    private async ValueTask TellAsync(string operation, SiteCall call, CancellationToken cancellation) =>
        await AskAsync<JsonElement?>(operation, call, cancellation);

    private async ValueTask<T> AskAsync<T>(string operation, SiteCall call, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.PostAsJsonAsync(SiteWire.Route(Name, operation), call with { Term = _term }, SiteWire.Json, cancellation);
            if (!response.IsSuccessStatusCode) throw await ErrorOfAsync(response, cancellation);
            return (await response.Content.ReadFromJsonAsync<T>(SiteWire.Json, cancellation))!;
        }
        catch (HttpRequestException error) when (error.GetBaseException() is AuthenticationException refused)
        {
            throw new ReplicationException(ErrorCodes.AuthenticationFailed,
                $"Site {Name} at {_address} and this node do not accept each other's certificates: {refused.Message}", isTransient: false, error);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException
            || (error is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new ReplicationException(ErrorCodes.TargetUnreachable,
                $"Site {Name} at {_address} cannot be reached: {error.GetBaseException().Message} Check the node there and the network.",
                isTransient: true, error);
        }
    }

    private static async Task<Exception> ErrorOfAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var error = response.Content.Headers.ContentType?.MediaType == "application/json"
            ? await response.Content.ReadFromJsonAsync<SiteError>(SiteWire.Json, cancellation) : null;
        return error switch
        {
            { IsFabric: true } => new FabricException(error.Code, error.Message, error.IsTransient),
            { } => new ReplicationException(error.Code, error.Message, error.IsTransient),
            null => new ReplicationException(ErrorCodes.TargetFailed, $"The site answered {(int)response.StatusCode}.", isTransient: true),
        };
    }
}
