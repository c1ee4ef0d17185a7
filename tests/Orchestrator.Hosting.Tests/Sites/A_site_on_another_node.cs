using System.Net;
using System.Reflection;
using System.Text.Json;
using Orchestrator.Fabric;
using Orchestrator.Hosting.Node;
using Orchestrator.Replication;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Hosting.Tests.Sites;

public sealed class A_site_on_another_node : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly IReplicationSite _replication = RecordingSite.Of<IReplicationSite>();
    private readonly IFabric _fabric = RecordingSite.Of<IFabric>();
    private SiteIdentity _control = null!;
    private SiteIdentity _there = null!;
    private ReplicationListener _listener = null!;
    private RemoteSite _site = null!;

    public static TheoryData<string, bool> Members
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var method in Methods) data.Add(method.Name, false);
            foreach (var method in Methods) data.Add(method.Name, true);
            return data;
        }
    }

    private static IEnumerable<MethodInfo> Methods => typeof(IReplicationSite).GetMethods().Concat(typeof(IFabric).GetMethods())
        .Where(method => !method.IsSpecialName && method.Name != nameof(IReplicationSite.Under));

    private Uri Address => new($"https://127.0.0.1:{_listener.Endpoint.Port}");

    public async ValueTask InitializeAsync()
    {
        _control = CertificateAuthority.LoadOrCreate(_folder["ca"], "control", TimeProvider.System);
        _there = CertificateAuthority.LoadOrCreate(_folder["ca"], "hamburg", TimeProvider.System);
        _listener = await ReplicationListener.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), _there,
            routes => routes.MapSiteEndpoints(site => site == "hamburg" ? (_replication, _fabric) : null));
        _site = new RemoteSite("hamburg", Address, _control, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _site.DisposeAsync();
        await _listener.DisposeAsync();
        _control.Dispose();
        _there.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Members))]
    public async Task Gets_every_call_as_it_was_made_and_gives_every_answer_back(string member, bool other)
    {
        var method = Methods.Single(m => m.Name == member);
        var recorder = method.DeclaringType == typeof(IFabric) ? (RecordingSite)(object)_fabric : (RecordingSite)_replication;
        recorder.AnswersNull = other;
        var arguments = method.GetParameters().Select(parameter => ArgumentOf(parameter.ParameterType, other)).ToArray();

        var answer = await CallAsync(method, arguments, _site);

        recorder.Call.Should().Be(RecordingSite.Describe(method, arguments));
        if (method.ReturnType == typeof(ValueTask)) return;
        var isNullable = new NullabilityInfoContext().Create(method.ReturnParameter).GenericTypeArguments[0].ReadState == NullabilityState.Nullable;
        var sample = RecordingSite.Sample(method.ReturnType.GetGenericArguments()[0], other);
        if (sample is null && !isNullable) return;
        JsonSerializer.Serialize(answer).Should().Be(JsonSerializer.Serialize(sample));
    }

    [Fact]
    public async Task Gets_the_term_of_every_call_made_under_one()
    {
        var term = new ControlTerm(3, long.MaxValue);
        var bound = _site.Under(term);
        foreach (var method in Methods)
        {
            var arguments = method.GetParameters().Select(parameter => ArgumentOf(parameter.ParameterType, other: false)).ToArray();
            ((RecordingSite)_replication).Term = null;

            await CallAsync(method, arguments, bound);

            ((RecordingSite)_replication).Term.Should().Be(term, method.Name);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keeps_code_message_and_transience_of_an_error(bool isTransient)
    {
        ((RecordingSite)_replication).Error = new ReplicationException(ErrorCodes.DiskFull, "No room on /srv.", isTransient);
        ((RecordingSite)(object)_fabric).Error = new FabricException(FabricException.HookFailed, "The hook failed.", isTransient);

        var draining = () => _site.DrainAsync("web1", default).AsTask();
        var starting = () => _site.FindAsync("web1", InstanceKind.Test, default).AsTask();

        (await draining.Should().ThrowAsync<ReplicationException>()).Which.Should().Match<ReplicationException>(
            e => e.Code == ErrorCodes.DiskFull && e.Message == "No room on /srv." && e.IsTransient == isTransient);
        (await starting.Should().ThrowAsync<FabricException>()).Which.Should().Match<FabricException>(
            e => e.Code == FabricException.HookFailed && e.Message == "The hook failed." && e.IsTransient == isTransient);
    }

    [Fact]
    public async Task Is_a_transient_failure_when_it_breaks_in_a_way_nobody_foresaw()
    {
        ((RecordingSite)_replication).Error = new InvalidOperationException("a bug");
        var draining = () => _site.DrainAsync("web1", default).AsTask();

        (await draining.Should().ThrowAsync<ReplicationException>()).Which.Should().Match<ReplicationException>(
            e => e.Code == ErrorCodes.TargetFailed && e.IsTransient);
    }

    [Fact]
    public async Task Is_named_when_the_node_does_not_have_it()
    {
        await using var wrong = new RemoteSite("paris", Address, _control, TimeProvider.System);

        (await ErrorOfAsync(wrong)).Message.Should().Contain("paris");
    }

    [Fact]
    public async Task Is_unreachable_for_a_time_when_nobody_listens()
    {
        var address = Address;
        await _listener.DisposeAsync();
        await using var gone = new RemoteSite("hamburg", address, _control, TimeProvider.System);

        (await ErrorOfAsync(gone)).Should().Match<ReplicationException>(e => e.Code == ErrorCodes.TargetUnreachable && e.IsTransient);
    }

    [Fact]
    public async Task Refuses_a_node_of_another_authority()
    {
        using var stranger = CertificateAuthority.LoadOrCreate(_folder["other"], "control", TimeProvider.System);
        await using var foreign = new RemoteSite("hamburg", Address, stranger, TimeProvider.System);

        (await ErrorOfAsync(foreign)).Should().Match<ReplicationException>(e => e.Code == ErrorCodes.AuthenticationFailed && !e.IsTransient);
        ((RecordingSite)_replication).Call.Should().BeNull();
    }

    private static async Task<ReplicationException> ErrorOfAsync(RemoteSite site)
    {
        var asking = () => site.DrainAsync("web1", default).AsTask();
        return (await asking.Should().ThrowAsync<ReplicationException>()).Which;
    }

    internal static async Task<object?> CallAsync(MethodInfo method, object?[] arguments, object site)
    {
        var task = method.Invoke(site, arguments)!;
        var awaitable = (Task)task.GetType().GetMethod("AsTask")!.Invoke(task, [])!;
        await awaitable;
        return method.ReturnType == typeof(ValueTask) ? null : awaitable.GetType().GetProperty("Result")!.GetValue(awaitable);
    }

    internal static object? ArgumentOf(Type type, bool other) => type switch
    {
        _ when type == typeof(string) => other ? "/dev/a b\"ü" : "web1",
        _ when type == typeof(long) => other ? long.MaxValue : 7L,
        _ when type == typeof(bool) => other,
        _ when type == typeof(Guid) => new Guid("0198c0de-0000-7000-8000-000000000002"),
        _ when type == typeof(Guid?) => other ? null : new Guid("0198c0de-0000-7000-8000-000000000003"),
        _ when type == typeof(InstanceKind) => other ? InstanceKind.Test : InstanceKind.Production,
        _ when type == typeof(CancellationToken) => CancellationToken.None,
        _ when type == typeof(SourceRequest) => new SourceRequest("web1", other ? null : ["/dev/a", "/dev/b"], 3),
        _ when type == typeof(ReplicationRequest) => new ReplicationRequest("web1", CopyMode.Resync, 3, "hamburg",
            new Uri("https://127.0.0.1:9443"), TimeSpan.FromMilliseconds(5500), 2, [[1, 2, 255]]),
        _ when type == typeof(ReplicaRequest) => new ReplicaRequest("web1", [new ReplicaDiskRequest(512, other ? "/seed" : null)], 3),
        _ when type == typeof(StopRequest) => new StopRequest("web1", InstanceKind.Test, 3, Guid.Empty),
        _ when type == typeof(StartRequest) => new StartRequest("web1", InstanceKind.Test, 3, Guid.Empty,
            [new DiskAttachment(0, new Uri("nbd+unix:///web1/0?socket=/a%20b.sock"), 512)]),
        _ => throw new InvalidOperationException($"No argument of {type}."),
    };
}
