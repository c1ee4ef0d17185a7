using System.Diagnostics;
using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Target;
using Orchestrator.Replication.Tests.Pipeline;
using Orchestrator.Replication.Tests.Protocol;

namespace Orchestrator.Replication.Tests.Transport;

public sealed class Replication_runs_of_a_site
{
    [Fact]
    public async Task A_copy_whose_replica_knows_more_than_the_source_begins_anew_when_asked_again()
    {
        await using var fixture = new TransportFixture();
        var replica = new ReplicaAhead();
        fixture.Served = replica;
        await fixture.StartAsync();
        await using var site = await LocalSite.OpenAsync(OptionsOf(fixture));
        var disk = fixture.PathOf("disk.raw");
        await File.WriteAllBytesAsync(disk, new byte[1 << 20]);
        await site.AttachSourceAsync(new SourceRequest("web 1", [disk], 1), default);

        await RunToItsEndAsync(site, fixture.Port);
        await RunToItsEndAsync(site, fixture.Port);

        replica.Histories.Should().HaveCount(2).And.OnlyHaveUniqueItems("the history that does not fit is given up");
    }

    [Fact]
    public async Task A_run_that_ended_in_an_unforeseen_way_tells_it_and_can_be_stopped()
    {
        using var lab = new Laboratory(new byte[1 << 20]);
        await using var fixture = new TransportFixture();
        lab.Link.Before = (_, _) => throw new UnreachableException("a bug");
        lab.Source.Write(0, 0, new byte[] { 1 });
        var request = new ReplicationRequest("web 1", CopyMode.Initial, 1, "hamburg", new Uri("https://hamburg:9443"), TimeSpan.FromSeconds(1), 0, lab.Keys);
        var run = new ReplicationRun(request, new ReplicationSession(lab.Options), fixture.Link());
        SpinWait.SpinUntil(() => !run.Progress(0, 0).Running, TimeSpan.FromSeconds(20)).Should().BeTrue();

        run.Progress(0, 0).Error!.Message.Should().Contain("a bug");
        await run.Awaiting(ended => ended.DisposeAsync().AsTask()).Should().NotThrowAsync();
    }

    private static async Task RunToItsEndAsync(LocalSite site, int port)
    {
        await site.StartReplicationAsync(
            new ReplicationRequest("web 1", CopyMode.Initial, 1, "hamburg", new Uri($"https://127.0.0.1:{port}"), TimeSpan.FromSeconds(1), 0, Changes.Keys(1)),
            default);
        SourceStatus? status = null;
        for (var turn = 0; turn < 400 && status is not { Replication.Running: false }; turn++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            status = await site.GetSourceAsync("web 1", default);
        }

        status!.Loss.Should().NotBeNull("the replica holds changes the source has never made");
    }

    private static LocalSiteOptions OptionsOf(TransportFixture fixture) => new()
    {
        Name = "berlin", Directory = fixture.PathOf("berlin"), Identity = fixture.Source, Time = TimeProvider.System, Ids = Guid.NewGuid,
        RandomBytes = count => new byte[count], ChangeLogSegment = 1 << 20, ChangeLogLimit = 8 << 20,
    };

    /// <summary>A replica that claims to hold changes the source does not know, whatever its history.</summary>
    private sealed class ReplicaAhead : IReplica
    {
        private Guid _incarnation;

        internal List<Guid> Histories { get; } = [];

        public ReplicaCursor Cursor => new(_incarnation, 1, 1000, 0, 0, Consistent: false, 1 << 20);

        public ReplicaCursor OpenSession(SessionRequest request)
        {
            Histories.Add(_incarnation = request.Incarnation);
            return Cursor;
        }

        public ReplicaCursor Ingest(BatchHeader header, ReadOnlyMemory<byte> frame) => Cursor;

        public void HashBlocks(int disk, long firstBlock, ReadOnlySpan<byte> key, Span<byte> hashes) => hashes.Clear();
    }
}
