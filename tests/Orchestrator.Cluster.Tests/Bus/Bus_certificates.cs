using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Cluster.Bus;
using Orchestrator.Cluster.Bus.Http;

namespace Orchestrator.Cluster.Tests.Bus;

public sealed class Bus_certificates
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_foreign_client_is_refused_in_the_handshake()
    {
        using var foreign = new TestCertificates("foreign");
        await using var rig = new HttpRig();
        rig.CertificateOfA = foreign.Issue("a");
        await rig.ListenAsync();
        (await RefusalOf(rig, isTransient: true)).Should().Contain("does not accept this node's certificate").And.Contain("register");
        var refused = await rig.EventsOfB.FirstAsync<BusEvent.Refused>();
        refused.Fault.Code.Should().Be(ClusterErrorCodes.CertificateRefused);
        refused.Fault.Message.Should().Contain("was not issued by").And.Contain("Issue one");
        rig.EventsOfB.Items.OfType<BusEvent.Accepted>().Should().BeEmpty();
    }

    [Fact]
    public async Task An_expired_client_is_told_so_before_it_connects()
    {
        await using var rig = new HttpRig();
        rig.CertificateOfA = rig.Certificates.IssueExpired("a");
        await rig.ListenAsync();
        (await RefusalOf(rig)).Should().Contain("has expired").And.Contain("Renew");
        rig.EventsOfB.Items.Should().BeEmpty();
    }

    [Fact]
    public async Task An_expired_client_with_a_wrong_clock_is_refused_in_the_handshake()
    {
        await using var rig = new HttpRig();
        using var raw = await Listening(rig, rig.Certificates.IssueExpired("a"));
        Func<Task> open = raw.OpenAsync;
        await open.Should().ThrowAsync<HttpRequestException>();
        (await rig.EventsOfB.FirstAsync<BusEvent.Refused>()).Fault.Message.Should().Contain("has expired");
    }

    [Fact]
    public async Task A_foreign_server_is_refused()
    {
        using var foreign = new TestCertificates("foreign");
        await using var rig = new HttpRig();
        rig.CertificateOfB = foreign.Issue("b");
        await rig.ListenAsync();
        (await RefusalOf(rig)).Should().Contain("was not issued by");
    }

    [Fact]
    public async Task An_expired_server_is_refused()
    {
        await using var rig = new HttpRig();
        rig.CertificateOfB = rig.Certificates.IssueExpired("b");
        await rig.ListenAsync();
        (await RefusalOf(rig)).Should().Contain("has expired");
    }

    [Fact]
    public async Task A_server_with_another_nodes_certificate_is_refused()
    {
        await using var rig = new HttpRig();
        rig.TrustOfA = (certificate, claimed) =>
            claimed is null || certificate.Subject == $"CN={claimed.Node}x" ? null : $"'{certificate.Subject}' is not {claimed.Node}'s. Register it.";
        await rig.ListenAsync();
        (await RefusalOf(rig)).Should().Contain("'CN=b' is not b's");
    }

    [Fact]
    public async Task A_client_without_a_certificate_gets_no_answer()
    {
        await using var rig = new HttpRig();
        await rig.ListenAsync();
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == "CN=b" } })
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var act = () => client.PostAsync($"https://127.0.0.1:{rig.Listener.Endpoint.Port}/v1/bus", null);
        await act.Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task A_server_that_is_no_bus_is_named_as_such()
    {
        await using var rig = new HttpRig();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(rig.CertificateOfB);
        }));
        await using var other = builder.Build();
        await other.StartAsync();
        var port = new Uri(other.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        await using var peer = new HttpPeerTransport(rig.NodeA, new Random(1)).Connect(new PeerAddress("127.0.0.1", port));
        var outcome = (await peer.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Unavailable>().Subject;
        outcome.Code.Should().Be(ClusterErrorCodes.IdentityRefused);
        outcome.Message.Should().Contain("404").And.Contain("does not serve the bus");
    }

    [Fact]
    public async Task A_port_in_use_is_named_as_such()
    {
        await using var rig = new HttpRig();
        await rig.ListenAsync();
        var act = () => BusListener.StartAsync(rig.Listener.Endpoint, rig.NodeB, rig.Receiver);
        var error = (await act.Should().ThrowAsync<BusException>()).Which;
        error.Code.Should().Be(ClusterErrorCodes.ListenFailed);
        error.IsTransient.Should().BeTrue();
        error.Message.Should().Contain($"{rig.Listener.Endpoint.Port}");
    }

    private static async Task<RawPeer> Listening(HttpRig rig, System.Security.Cryptography.X509Certificates.X509Certificate2 certificate)
    {
        await rig.ListenAsync();
        return new RawPeer(rig.Listener.Endpoint.Port, certificate);
    }

    private static async Task<string> RefusalOf(HttpRig rig, bool isTransient = false)
    {
        await using var peer = rig.Connect();
        var outcome = (await peer.AskAsync(BusRig.Message(), Long)).Should().BeOfType<BusOutcome.Unavailable>().Subject;
        outcome.Code.Should().Be(ClusterErrorCodes.CertificateRefused, outcome.Message);
        peer.LastFault!.IsTransient.Should().Be(isTransient);
        rig.Receiver.Arrived.Items.Should().BeEmpty();
        return outcome.Message;
    }
}
