using System.Net;
using Orchestrator.Cluster.Bus;
using Orchestrator.Cluster.Bus.Http;

namespace Orchestrator.Cluster.Tests.Bus;

public sealed class Bus_listener_facing_a_hostile_peer
{
    private static readonly BusOptions Small = new()
    {
        MaxFrameBytes = 4096,
        WindowFrames = 4,
        WindowBytes = 8192,
        WaitingBytes = 65536,
        ReplyBytes = 4096,
    };

    [Fact]
    public Task Ends_the_connection_over_random_bytes() =>
        Ends(ClusterErrorCodes.FrameInvalid, raw => raw.WriteAsync([0, 0, 0, 9, 0xc1, 1, 2, 3, 4, 5, 6, 7, 8]));

    [Fact]
    public Task Ends_the_connection_over_a_length_beyond_the_limit() =>
        Ends(ClusterErrorCodes.FrameTooLarge, raw => raw.WriteAsync(0x7f, 0xff, 0xff, 0xff, 1));

    [Fact]
    public Task Ends_the_connection_over_a_negative_length() =>
        Ends(ClusterErrorCodes.FrameTooLarge, raw => raw.WriteAsync(0xff, 0xff, 0xff, 0xff));

    [Fact]
    public Task Ends_the_connection_over_an_empty_frame() =>
        Ends(ClusterErrorCodes.FrameInvalid, raw => raw.WriteAsync(0, 0, 0, 0));

    [Fact]
    public Task Ends_the_connection_over_a_frame_cut_short() => Ends(ClusterErrorCodes.FrameInvalid, async raw =>
    {
        await raw.WriteAsync(0, 0, 1, 0, 0x92, 1);
        raw.EndWriting();
    });

    [Fact]
    public Task Ends_the_connection_over_a_frame_that_only_a_receiver_sends() =>
        Ends(ClusterErrorCodes.FrameInvalid, raw => raw.WriteAsync(new BusFrame.Reply(1, BusOutcome.Busy.Instance)));

    [Fact]
    public Task Ends_the_connection_over_a_name_beyond_the_limit() => Ends(
        ClusterErrorCodes.FrameInvalid, raw => raw.WriteAsync(new BusFrame.Tell(1, TimeSpan.FromSeconds(1), BusRig.Message(new string('x', 201)))));

    [Fact]
    public Task Ends_the_connection_over_more_messages_than_it_granted() => Ends(ClusterErrorCodes.CreditExceeded, async raw =>
    {
        for (var id = 1UL; id <= 5; id++) await raw.WriteAsync(new BusFrame.Request(id, TimeSpan.FromSeconds(9), BusRig.Message()));
    });

    [Fact]
    public Task Ends_the_connection_over_more_bytes_than_it_granted() => Ends(ClusterErrorCodes.CreditExceeded, async raw =>
    {
        for (var id = 1UL; id <= 3; id++) await raw.WriteAsync(new BusFrame.Request(id, TimeSpan.FromSeconds(9), BusRig.Message(bytes: 3000)));
    });

    [Fact]
    public Task Tells_why_the_peer_ended_the_connection() =>
        Ends(ClusterErrorCodes.PeerStalled, raw => raw.WriteAsync(new BusFrame.Goodbye(ClusterErrorCodes.PeerStalled, "I have waited long enough.")));

    [Fact]
    public Task Uses_an_identifier_once() => With(async (rig, raw) =>
    {
        await raw.OpenAsync();
        foreach (var id in (ulong[])[5, 5, 7, 6, 7, 5])
            await raw.WriteAsync(new BusFrame.Request(id, TimeSpan.FromSeconds(9), BusRig.Message($"{id}")));
        raw.EndWriting();
        var frames = await raw.ReadToEndAsync();
        frames.OfType<BusFrame.Reply>().Select(reply => reply.Id).Should().Equal(5, 7, 6);
        rig.Receiver.Names.Should().Equal("5", "7", "6");
    });

    [Fact]
    public Task Drops_what_arrives_after_its_deadline() => With(async (rig, raw) =>
    {
        await raw.OpenAsync();
        await raw.WriteAsync(new BusFrame.Request(1, TimeSpan.Zero, BusRig.Message()));
        await raw.WriteAsync(new BusFrame.Tell(2, TimeSpan.Zero, BusRig.Message()));
        raw.EndWriting();
        var frames = await raw.ReadToEndAsync();
        frames[0].Should().BeOfType<BusFrame.Reply>().Which.Outcome.Should().BeOfType<BusOutcome.Failed>()
            .Which.Code.Should().Be(ClusterErrorCodes.DeadlinePassed);
        frames[1].Should().Be(new BusFrame.Credit([2]));
        rig.Receiver.Arrived.Items.Should().BeEmpty();
    });

    [Fact]
    public Task Answers_a_flood_of_pings_with_few_pongs() => With(async (rig, raw) =>
    {
        await raw.OpenAsync();
        for (var number = 1UL; number <= 2000; number++) await raw.WriteAsync(new BusFrame.Ping(number));
        raw.EndWriting();
        var pongs = (await raw.ReadToEndAsync()).OfType<BusFrame.Pong>().ToList();
        pongs.Select(pong => pong.Number).Should().BeInAscendingOrder();
        pongs[^1].Number.Should().Be(2000);
    });

    [Fact]
    public Task Refuses_a_peer_that_does_not_say_who_it_is() => With(
        async (rig, raw) => await Refused(await raw.OpenAsync(), ClusterErrorCodes.IdentityRefused),
        request => request.Headers.Remove("orchestrator-incarnation"));

    [Fact]
    public Task Refuses_a_version_from_the_future_and_says_what_to_do() => With(
        async (rig, raw) => (await Refused(await raw.OpenAsync(), ClusterErrorCodes.VersionRefused)).Should().Contain("speaks version 2").And.Contain("Update"),
        request =>
        {
            request.Headers.Remove("orchestrator-protocol");
            request.Headers.Add("orchestrator-protocol", "2");
        });

    [Fact]
    public async Task Refuses_a_peer_whose_certificate_belongs_to_another_incarnation()
    {
        await using var rig = new HttpRig();
        var hash = rig.CertificateOfA.GetCertHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        rig.TrustOfB = PeerTrusts.Pinned(
            (incarnation, sha256) => sha256.AsSpan().SequenceEqual(hash) && (incarnation ?? BusRig.IncarnationA) == BusRig.IncarnationA,
            TimeProvider.System);
        await rig.ListenAsync();
        using var impostor = new RawPeer(rig.Listener.Endpoint.Port, rig.CertificateOfA, self: rig.B with { Node = "impostor" });
        (await Refused(await impostor.OpenAsync(), ClusterErrorCodes.CertificateRefused)).Should().Contain("not the one recorded for impostor");
        await using var honest = rig.Connect();
        (await honest.AskAsync(BusRig.Message(), TimeSpan.FromSeconds(20))).Should().BeOfType<BusOutcome.Ok>();
    }

    private static Task Ends(string code, Func<RawPeer, Task> attack) => With(async (rig, raw) =>
    {
        rig.Receiver.Answer = _ => null;
        (await raw.OpenAsync()).StatusCode.Should().Be(HttpStatusCode.OK);
        await attack(raw);
        var ended = await rig.EventsOfB.FirstAsync<BusEvent.Ended>();
        ended.Fault!.Code.Should().Be(code);
        (await raw.ReadToEndAsync()).OfType<BusFrame.Goodbye>().Should().ContainSingle().Which.Code.Should().Be(code);

        rig.Receiver.Answer = delivery => new BusOutcome.Ok(delivery.Message.Body);
        await using var another = rig.Connect();
        (await another.AskAsync(BusRig.Message(), TimeSpan.FromSeconds(20))).Should().BeOfType<BusOutcome.Ok>("the listener serves others");
    });

    private static async Task With(Func<HttpRig, RawPeer, Task> steps, Action<HttpRequestMessage>? change = null)
    {
        await using var rig = new HttpRig { Options = Small };
        await rig.RunAsync(async () =>
        {
            await rig.ListenAsync();
            using var raw = new RawPeer(rig.Listener.Endpoint.Port, rig.CertificateOfA, change);
            await steps(rig, raw);
        });
    }

    private static async Task<string> Refused(HttpResponseMessage response, string code)
    {
        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        response.Headers.GetValues(PeerHandshake.ErrorHeader).Should().Equal(code);
        return await response.Content.ReadAsStringAsync();
    }
}
