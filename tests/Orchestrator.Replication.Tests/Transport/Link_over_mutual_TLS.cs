using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Target;
using Orchestrator.Replication.Tests.Pipeline;
using Orchestrator.Replication.Tests.Protocol;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Replication.Tests.Transport;

public sealed class Link_over_mutual_TLS
{
    private static readonly SessionRequest Request = new(Guid.NewGuid(), Guid.NewGuid(), 1, [200_000]);

    [Fact]
    public async Task Carries_every_call()
    {
        await using var fixture = new TransportFixture();
        await fixture.StartAsync();
        var link = fixture.Link();

        (await link.GetCursorAsync(default)).Should().Be(fixture.Replica.Cursor);
        (await link.OpenSessionAsync(Request, default)).Incarnation.Should().Be(Request.Incarnation);
        var cursor = await link.SendAsync(0, Frame(0), default);
        (cursor.NextBatch, cursor.DurableSequence).Should().Be((1, 1));
        var hashes = new byte[4 * BlockHash.Length];
        var expected = new byte[hashes.Length];
        var key = RandomNumberGenerator.GetBytes(32);
        await link.HashBlocksAsync(0, 0, key, hashes, default);
        fixture.Replica.HashBlocks(0, 0, key, expected);
        hashes.Should().Equal(expected);
    }

    [Fact]
    public async Task Gives_the_replicas_refusals_back_as_they_were()
    {
        await using var fixture = new TransportFixture();
        await fixture.StartAsync();
        var link = fixture.Link();
        await link.OpenSessionAsync(Request with { Activation = 5 }, default);

        await Fails(() => link.OpenSessionAsync(Request with { Activation = 4 }, default), ErrorCodes.SessionFenced, false);
        await link.OpenSessionAsync(Request with { Activation = 5 }, default);
        fixture.Replica.Space = 0;
        await Fails(() => link.SendAsync(0, Frame(0), default), ErrorCodes.DiskFull, true);
        await Fails(() => link.SendAsync(7, Frame(0), default), ErrorCodes.BatchRejected, true);
        var damaged = Frame(0);
        damaged[^1] ^= 1;
        await Fails(() => link.SendAsync(0, damaged, default), ErrorCodes.BatchRejected, true);
        await Fails(() => link.SendAsync(0, new byte[40], default), ErrorCodes.BatchRejected, true);
        var other = fixture.Link(fixture.Options with { Replica = "nobody" });
        await Fails(() => other.GetCursorAsync(default), ErrorCodes.ReplicaNotFound, false);
        fixture.Replica.Ingested.Should().BeEmpty();
    }

    [Theory]
    [InlineData(ErrorCodes.SessionFenced, false, HttpStatusCode.Conflict)]
    [InlineData(ErrorCodes.ReplicaState, false, HttpStatusCode.Conflict)]
    [InlineData(ErrorCodes.DiskFull, true, HttpStatusCode.InsufficientStorage)]
    [InlineData(ErrorCodes.ReplicaNotFound, false, HttpStatusCode.NotFound)]
    [InlineData(ErrorCodes.BatchRejected, true, HttpStatusCode.UnprocessableEntity)]
    [InlineData(ErrorCodes.FlushFailed, false, HttpStatusCode.InternalServerError)]
    [InlineData(ErrorCodes.TargetFailed, true, HttpStatusCode.ServiceUnavailable)]
    public async Task Errors_have_the_fitting_status(string code, bool transient, HttpStatusCode status)
    {
        await using var fixture = new TransportFixture();
        fixture.Served = new RefusingReplica(() => new ReplicationException(code, "The test refuses.", transient));
        await fixture.StartAsync();
        using var client = Client(fixture, fixture.Source);

        using var response = await client.GetAsync(new Uri("v1/sites/hamburg/replicas/web%201/cursor", UriKind.Relative));

        response.StatusCode.Should().Be(status);
        (await response.Content.ReadAsStringAsync()).Should().Be(
            $$"""{"code":"{{code}}","message":"The test refuses.","transient":{{(transient ? "true" : "false")}}}""");
        await Fails(() => fixture.Link().GetCursorAsync(default), code, transient);
    }

    [Fact]
    public async Task An_unexpected_error_of_the_target_is_told_apart_from_the_links()
    {
        await using var fixture = new TransportFixture();
        fixture.Served = new RefusingReplica(() => new InvalidOperationException("a bug"));
        await fixture.StartAsync();
        await Fails(() => fixture.Link().GetCursorAsync(default), ErrorCodes.TargetFailed, true);
    }

    [Fact]
    public async Task A_target_that_does_not_run_is_unreachable()
    {
        await using var fixture = new TransportFixture();
        await fixture.StartAsync();
        await fixture.StopAsync();
        var error = await Fails(() => fixture.Link().GetCursorAsync(default), ErrorCodes.TargetUnreachable, true);
        error.Message.Should().Contain($"127.0.0.1:{fixture.Port}");
    }

    [Fact]
    public async Task A_target_of_another_authority_is_refused()
    {
        await using var fixture = new TransportFixture();
        await fixture.StartAsync();
        var link = fixture.Link(fixture.Options with { Identity = fixture.Identity("theirs", "berlin") });
        await Fails(() => link.GetCursorAsync(default), ErrorCodes.AuthenticationFailed, false);
    }

    [Fact]
    public async Task A_target_of_another_name_is_refused()
    {
        await using var fixture = new TransportFixture();
        await fixture.StartAsync();
        var link = fixture.Link(fixture.Options with { PeerSite = "bremen" });
        await Fails(() => link.GetCursorAsync(default), ErrorCodes.AuthenticationFailed, false);
    }

    [Fact]
    public async Task A_source_of_another_authority_is_refused_by_the_target()
    {
        await using var fixture = new TransportFixture();
        fixture.Served = new RefusingReplica(() => new InvalidOperationException("it must not get here"));
        await fixture.StartAsync();
        using var client = Client(fixture, fixture.Identity("theirs", "berlin"));
        var get = () => client.GetAsync(new Uri("v1/sites/hamburg/replicas/web%201/cursor", UriKind.Relative));
        await get.Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task A_source_without_a_certificate_is_refused_by_the_target()
    {
        await using var fixture = new TransportFixture();
        fixture.Served = new RefusingReplica(() => new InvalidOperationException("it must not get here"));
        await fixture.StartAsync();
        using var client = Client(fixture, identity: null);
        var get = () => client.GetAsync(new Uri("v1/sites/hamburg/replicas/web%201/cursor", UriKind.Relative));
        await get.Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task A_target_that_does_not_answer_in_time_is_unreachable()
    {
        await using var fixture = new TransportFixture();
        using var hang = new ManualResetEventSlim();
        fixture.Served = new RefusingReplica(() =>
        {
            hang.Wait();
            return new InvalidOperationException("late");
        });
        await fixture.StartAsync();
        var time = new ManualTime();
        var call = fixture.Link(fixture.Options with { Time = time }).GetCursorAsync(default);
        await Conditions.Eventually(() => time.ActiveTimers > 0, "the call begins");
        time.Advance(TimeSpan.FromSeconds(101));
        try
        {
            await Fails(() => call, ErrorCodes.TargetUnreachable, true);
        }
        finally
        {
            hang.Set();
        }
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_of_a_body_leaves_nothing_and_the_next_try_succeeds()
    {
        await using var fixture = new TransportFixture(3_000_000);
        await fixture.StartAsync();
        using var proxy = new CuttingProxy(fixture.Port);
        var link = fixture.Link(fixture.Options with { Port = proxy.Port });
        await link.OpenSessionAsync(Request, default);
        var frame = Frame(0, 2_000_000);
        proxy.CutAfter(1_000_000);
        await Fails(() => link.SendAsync(0, frame, default), ErrorCodes.TargetUnreachable, true);
        proxy.Cuts.Should().Be(1);
        fixture.Replica.Cursor.NextBatch.Should().Be(0);

        (await link.SendAsync(0, frame, default)).NextBatch.Should().Be(1);
    }

    [Fact]
    public async Task A_whole_replication_survives_restarts_of_the_target_and_cut_connections()
    {
        await using var fixture = new TransportFixture(8_000_000);
        await fixture.StartAsync();
        using var proxy = new CuttingProxy(fixture.Port);
        var random = new Random(71);
        using var laboratory = new Laboratory(Laboratory.Disk(random, 8_000_000, 0.9));
        laboratory.Options = laboratory.Options with
        {
            Link = fixture.Link(fixture.Options with { Port = proxy.Port }), DiskKeys = Changes.Keys(1), CreditBytes = 4 << 20,
            PointInterval = TimeSpan.FromMilliseconds(300),
        };
        var final = Task.Run(async () =>
        {
            for (var i = 0; i < 60; i++)
            {
                Laboratory.ChangeAtRandom(laboratory.Source, random);
                if (i % 20 == 5)
                {
                    proxy.CutAfter(random.Next(1_000_000));
                }

                if (i % 20 == 15)
                {
                    var batches = fixture.Replica.Ingested.Count;
                    await fixture.StopAsync();
                    await fixture.StartAsync();
                    await Conditions.Eventually(() => fixture.Replica.Ingested.Count > batches, "it goes on after the restart");
                }
            }

            return await laboratory.FinalAsync(1, fixture.Replica);
        });

        var errors = await laboratory.ReplicateUntilAsync(final);

        errors.Should().NotBeEmpty().And.OnlyContain(error => error.Code == ErrorCodes.TargetUnreachable);
        Laboratory.AssertEqual(fixture.Replica.Disks, laboratory.Source.Disks, "the replica");
        fixture.Replica.Repeats.Should().Be(0);
    }

    [Fact]
    public async Task A_taken_port_is_named_with_advice()
    {
        await using var fixture = new TransportFixture();
        await fixture.StartAsync();
        var again = () => fixture.StartAsync();
        var error = (await again.Should().ThrowAsync<ReplicationException>()).Which;
        error.Code.Should().Be(ErrorCodes.AddressInUse);
        error.Message.Should().Contain($"Port {fixture.Port}").And.Contain("configure another port");
    }

    [Fact]
    public async Task The_listener_serves_other_routes_beside_and_tells_who_calls()
    {
        await using var fixture = new TransportFixture();
        await using var listener = await ReplicationListener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), fixture.Target,
            routes => routes.MapGet("/v1/whoami", (HttpContext context) => SiteIdentity.SiteOf(context.Connection.ClientCertificate!)));
        using var client = Client(fixture, fixture.Source, listener.Endpoint.Port);
        (await client.GetStringAsync(new Uri("v1/whoami", UriKind.Relative))).Should().Be("berlin");
    }

    private static HttpClient Client(TransportFixture fixture, SiteIdentity? identity, int? port = null)
    {
#pragma warning disable CA5359 // The client of a test that looks at the server's judgement only.
        var handler = fixture.Own(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
#pragma warning restore CA5359
        if (identity is not null)
        {
            handler.SslOptions.ClientCertificates = [identity.Certificate];
        }

        return new HttpClient(handler, disposeHandler: false) { BaseAddress = new Uri($"https://127.0.0.1:{port ?? fixture.Port}/") };
    }

    private static byte[] Frame(long number, int length = 100)
    {
        var data = new byte[length];
        new Random(1).NextBytes(data);
        var header = new BatchHeader(Request.Session, number, 1, 1, 1, null, length);
        return BatchCodec_round_trip.Encode(new BatchCodec(Changes.Keys(1)), header, [new(0, 0, length, data)], FrameCompression.None);
    }

    private static async Task<ReplicationException> Fails(Func<Task> call, string code, bool transient)
    {
        var error = (await call.Should().ThrowAsync<ReplicationException>()).Which;
        (error.Code, error.IsTransient).Should().Be((code, transient), error.Message);
        return error;
    }

    private sealed class RefusingReplica(Func<Exception> error) : IReplica
    {
        public ReplicaCursor Cursor => throw error();

        public ReplicaCursor OpenSession(SessionRequest request) => throw error();

        public ReplicaCursor Ingest(BatchHeader header, ReadOnlyMemory<byte> frame) => throw error();

        public void HashBlocks(int disk, long firstBlock, ReadOnlySpan<byte> key, Span<byte> hashes) => throw error();
    }
}
