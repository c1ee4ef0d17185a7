using System.Net;
using System.Reflection;
using Orchestrator.Domain;
using Orchestrator.Fabric;
using Orchestrator.Fabric.Folder;
using Orchestrator.Hosting.Node;
using Orchestrator.Replication;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Transport;
using Site = Orchestrator.Control.Sites.Site;

namespace Orchestrator.Hosting.Tests.Sites;

/// <summary>A real site, here and over mutual TLS, and two control nodes that both think a machine is theirs.</summary>
public sealed class A_control_node_that_lost_a_machine : IAsyncLifetime
{
    private const string Machine = "web1";
    private static readonly ControlTerm Old = new(3, 7);
    private static readonly ControlTerm New = new(3, 8);
    private static readonly string[] Looks = ["Under", "MeasureDiskAsync", "GetSourceAsync", "GetReplicaAsync", "FindAsync"];
    private readonly TemporaryFolder _folder = new();
    private SiteIdentity _control = null!;
    private SiteIdentity _there = null!;
    private ReplicationListener _listener = null!;
    private LocalSite _local = null!;
    private FolderFabric _fabric = null!;
    private RemoteSite _remote = null!;

    private static IEnumerable<MethodInfo> Changing => typeof(IReplicationSite).GetMethods().Concat(typeof(IFabric).GetMethods())
        .Where(method => !method.IsSpecialName && !Looks.Contains(method.Name));

    public async ValueTask InitializeAsync()
    {
        _control = CertificateAuthority.LoadOrCreate(_folder["ca"], "control", TimeProvider.System);
        _there = CertificateAuthority.LoadOrCreate(_folder["ca"], "berlin", TimeProvider.System);
        await OpenSiteAsync();
        _listener = await ReplicationListener.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), _there,
            routes => routes.MapSiteEndpoints(site => site == "berlin" ? (_local, _fabric) : null));
        _remote = new RemoteSite("berlin", new Uri($"https://127.0.0.1:{_listener.Endpoint.Port}"), _control, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _remote.DisposeAsync();
        await _listener.DisposeAsync();
        await _local.DisposeAsync();
        _control.Dispose();
        _there.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_nothing_once_its_successor_has_made_one_call(bool isRemote)
    {
        var site = SiteOf(isRemote);
        await RunAsync(site.Under(Old));

        await site.Under(New).Replication.StopReplicationAsync(Machine, forgetCopy: false, default);

        await ShouldRefuseAllAsync(site.Under(Old));
        if (isRemote) await ShouldRefuseAllAsync(site); // A node that does not say under which term it acts.
        await ShouldRunAsync(site);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_nothing_after_its_successor_has_only_stopped_the_machine(bool isRemote)
    {
        var site = SiteOf(isRemote);
        await RunAsync(site.Under(Old));

        await site.Under(New).Fabric.StopAsync(new StopRequest(Machine, InstanceKind.Test, 1, Guid.Empty), default);

        await ShouldRefuseAllAsync(site.Under(Old));
        await ShouldRunAsync(site);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Is_refused_also_after_the_site_was_restarted(bool isRemote)
    {
        await RunAsync(SiteOf(isRemote).Under(New));
        await _local.DisposeAsync();
        await OpenSiteAsync();

        await ShouldRefuseAllAsync(SiteOf(isRemote).Under(Old));
        await ShouldRunAsync(SiteOf(isRemote));
    }

    [Fact]
    public async Task Is_refused_also_when_nothing_is_left_of_the_machine()
    {
        var site = SiteOf(isRemote: false);
        await RunAsync(site.Under(Old));
        await site.Under(New).Replication.ReleaseSourceAsync(Machine, keepExport: false, default);
        await site.Under(New).Replication.RemoveReplicaAsync(Machine, keepDisks: true, default);

        await ShouldRefuseAllAsync(site.Under(Old));
        (await site.Replication.GetSourceAsync(Machine, default)).Should().BeNull();
    }

    [Fact]
    public async Task Is_refused_when_its_call_has_waited_for_its_turn_behind_its_successor()
    {
        var site = SiteOf(isRemote: false);
        await RunAsync(site.Under(Old));
        var effect = new TaskCompletionSource<bool>();
        var turn = ((IMachineTurns)_local.Under(New)).TakeAsync(Machine, () => new ValueTask<bool>(effect.Task), default).AsTask();
        var waiting = site.Under(Old).Replication.FenceAsync(Machine, 9, default).AsTask();
        effect.SetResult(true);

        await turn;
        (await waiting.Awaiting(call => call).Should().ThrowAsync<ReplicationException>()).Which.Code.Should().Be(ErrorCodes.ControlFenced);
        await ShouldRunAsync(site);
    }

    [Fact]
    public async Task Does_not_keep_its_successor_nor_the_machines_of_others_from_working()
    {
        var site = SiteOf(isRemote: false);
        await RunAsync(site.Under(New));
        await site.Under(New).Replication.FenceAsync(Machine, 2, default);
        await site.Under(New with { Epoch = 9 }).Replication.ResumeSourceAsync(Machine, 3, default);
        await site.Under(Old).Replication.StopReplicationAsync("web2", forgetCopy: false, default);

        (await site.Replication.GetSourceAsync(Machine, default))!.Activation.Should().Be(3);
    }

    [Fact]
    public async Task Is_refused_when_it_counts_in_another_journal()
    {
        var site = SiteOf(isRemote: false);
        await RunAsync(site.Under(New));

        await ShouldRefuseAllAsync(site.Under(new ControlTerm(4, long.MaxValue)));
    }

    private Site SiteOf(bool isRemote) => new(
        new SiteName("berlin"), "folder", "here", isRemote ? _remote : _local, isRemote ? _remote : _fabric, new Uri("https://berlin:9443"));

    private async Task OpenSiteAsync()
    {
        _local = await LocalSite.OpenAsync(new LocalSiteOptions
        {
            Name = "berlin", Directory = _folder["berlin"], Identity = _there, Time = TimeProvider.System, Ids = Guid.NewGuid,
            RandomBytes = count => new byte[count], ChangeLogSegment = 1 << 20, ChangeLogLimit = 8 << 20,
        });
        _fabric = new FolderFabric(_folder["machines"], TimeProvider.System);
    }

    private async Task RunAsync(Site site)
    {
        var disk = _folder["disk.raw"];
        if (!File.Exists(disk)) _folder.Disk("disk.raw", 1 << 20);
        await site.Replication.AttachSourceAsync(new SourceRequest(Machine, [disk], 1), default);
        await site.Fabric.StartAsync(new StartRequest(Machine, InstanceKind.Production, 1, Guid.Empty, []), default);
    }

    private static async Task ShouldRunAsync(Site site)
    {
        (await site.Replication.GetSourceAsync(Machine, default)).Should().Match<SourceStatus>(source => source.Activation == 1 && !source.Fenced);
        (await site.Replication.GetReplicaAsync(Machine, default)).Should().BeNull();
        (await site.Fabric.FindAsync(Machine, InstanceKind.Production, default))!.Activation.Should().Be(1);
        (await site.Fabric.FindAsync(Machine, InstanceKind.Test, default)).Should().BeNull();
    }

    private static async Task ShouldRefuseAllAsync(Site site)
    {
        foreach (var method in Changing)
        {
            var target = method.DeclaringType == typeof(IFabric) ? (object)site.Fabric : site.Replication;
            var arguments = method.GetParameters()
                .Select(parameter => A_site_on_another_node.ArgumentOf(parameter.ParameterType, other: false)).ToArray();
            var calling = () => A_site_on_another_node.CallAsync(method, arguments, target);
            (await calling.Should().ThrowAsync<ReplicationException>(method.Name)).Which.Should().Match<ReplicationException>(
                refusal => refusal.Code == ErrorCodes.ControlFenced && !refusal.IsTransient, method.Name);
        }
    }
}
