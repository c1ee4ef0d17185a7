using System.Net;
using System.Security.Cryptography.X509Certificates;
using Orchestrator.Cluster.Bus;
using Orchestrator.Cluster.Bus.Http;

namespace Orchestrator.Cluster.Tests.Bus;

/// <summary>Two nodes over real sockets and real TLS, with a proxy in between that can break the connection.</summary>
public sealed class HttpRig : BusRig
{
    private readonly TestCertificates _certificates = new();
    private readonly CuttableProxy _proxy = new();
    private BusListener? _listener;

    internal HttpRig()
    {
        CertificateOfA = _certificates.Issue("a");
        CertificateOfB = _certificates.Issue("b");
        Trust = PeerTrusts.IssuedBy(_certificates.Authority, TimeProvider.System);
        TrustOfA = TrustOfB = Trust;
    }

    internal TestCertificates Certificates => _certificates;

    internal PeerTrust Trust { get; }

    internal PeerTrust TrustOfA { get; set; }

    internal PeerTrust TrustOfB { get; set; }

    internal X509Certificate2 CertificateOfA { get; set; }

    internal X509Certificate2 CertificateOfB { get; set; }

    internal BusListener Listener => _listener!;

    internal BusNode NodeA => new()
    {
        Self = A,
        Certificate = CertificateOfA,
        Trust = TrustOfA,
        Time = TimeProvider.System,
        Limits = Options,
        Observe = EventsOfA.Add,
    };

    internal BusNode NodeB => new()
    {
        Self = B,
        Certificate = CertificateOfB,
        Trust = TrustOfB,
        Time = TimeProvider.System,
        Limits = Options,
        Observe = EventsOfB.Add,
    };

    internal override Task RunAsync(Func<Task> steps) => steps().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);

    internal override async Task ListenAsync()
    {
        _listener = await BusListener.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), NodeB, Receiver);
        _proxy.Target = _listener.Endpoint.Port;
    }

    internal override IPeerConnection Connect(Guid? expected = null) =>
        new HttpPeerTransport(NodeA, new Random(1)).Connect(new PeerAddress("127.0.0.1", _proxy.Port, expected));

    internal override void BreakConnections() => _proxy.Break();

    internal override void Silence() => _proxy.Silence();

    internal override Task DrainAsync() => _listener!.DisposeAsync().AsTask();

    public override async ValueTask DisposeAsync()
    {
        _proxy.Dispose();
        if (_listener is not null) await _listener.DisposeAsync();
        _certificates.Dispose();
    }
}
