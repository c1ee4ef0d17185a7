using Orchestrator.Replication.Pipeline;
using Orchestrator.Replication.Source;
using Orchestrator.Replication.Target;
using Orchestrator.Replication.Tests.Pipeline;

namespace Orchestrator.Replication.Tests.Resync;

public sealed class Resync_of_a_replica
{
    [Fact]
    public async Task Sends_the_blocks_that_differ_and_no_others()
    {
        var random = new Random(21);
        using var laboratory = await ReplicatedAsync(Laboratory.Disk(random, 40_000_000), Laboratory.Disk(random, 2_000_001));
        int[] damaged = [0, 7, 8, 300, 40_000_000 / IReplica.BlockSize];
        foreach (var block in damaged)
        {
            laboratory.Source.Disks[0][block * IReplica.BlockSize] ^= 1; // Behind the log's back.
        }

        laboratory.Source.Disks[1][2_000_000] ^= 1;
        laboratory.Source.Lose(ErrorCodes.DiskChangedOffline);
        var before = laboratory.Replica.Ingested.Count;

        await laboratory.ReplicateUntilAsync(laboratory.FinalAsync(copies: 2));

        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
        var shipped = laboratory.Replica.Ingested.Skip(before).Sum(batch => batch.RawBytes);
        shipped.Should().BeGreaterThan(0).And.BeLessThanOrEqualTo(6 * IReplica.BlockSize);
        laboratory.Replica.Points.Should().Contain(point => point.Mark.Kind == EpochKind.Final);
    }

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    public async Task Ends_in_an_exact_replica_while_the_machine_writes_and_the_link_fails(int seed)
    {
        var random = new Random(seed);
        using var laboratory = await ReplicatedAsync(Laboratory.Disk(random, 9_000_000), Laboratory.Disk(random, 5_000_000));
        random.NextBytes(laboratory.Source.Disks[0].AsSpan(1_000_000, 3_000_000));
        laboratory.Source.Lose(ErrorCodes.ChangeLogFull);
        laboratory.Replica.Points.Clear();
        var chance = new Random(seed);
        laboratory.Link.Before = (_, _) =>
        {
            lock (chance)
            {
                return chance.Next(20) == 0 ? throw FaultyLink.Cut() : Task.CompletedTask;
            }
        };

        await laboratory.ReplicateUntilAsync(Task.Run(async () =>
        {
            await Conditions.Eventually(() => laboratory.Source.Loss is null, "the resync begins");
            return await Session_while_the_machine_writes.WriteAsync(laboratory, random, 300);
        }));

        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
        laboratory.AssertPointsAreExact();
    }

    [Fact]
    public async Task A_new_initial_copy_over_old_disks_also_clears_what_is_zero_at_the_source()
    {
        using var laboratory = await ReplicatedAsync(Laboratory.Disk(new Random(41), 3_000_000, 1));
        laboratory.Source.Disks[0].AsSpan(500_000, 2_000_000).Clear();
        laboratory.Source.Lose(ErrorCodes.ChangeLogFull);
        laboratory.Options = laboratory.Options with { Mode = ReplicationMode.Initial };

        await laboratory.ReplicateUntilAsync(laboratory.FinalAsync(copies: 2));

        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
    }

    [Fact]
    public async Task An_empty_disk_is_copied_without_reading_or_sending_it()
    {
        using var laboratory = new Laboratory(new byte[20_000_000]);
        laboratory.Source.Disks[0][10_000_000] = 1;
        await laboratory.ReplicateUntilAsync(laboratory.FinalAsync(copies: 1));

        laboratory.Source.BytesReadStably.Should().BeLessThanOrEqualTo(65536);
        laboratory.Replica.Ingested.Sum(batch => batch.RawBytes).Should().BeLessThanOrEqualTo(4096);
        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
    }

    [Fact]
    public async Task A_finished_copy_is_not_begun_again_unless_it_is_forgotten()
    {
        using var laboratory = await ReplicatedAsync(Laboratory.Disk(new Random(51), 3_000_000, 1));
        var read = laboratory.Source.BytesReadStably;
        laboratory.Options = laboratory.Options with { Mode = ReplicationMode.Resync };
        await laboratory.ReplicateUntilAsync(laboratory.FinalAsync(copies: 1));
        laboratory.Source.BytesReadStably.Should().Be(read);

        ReplicationSession.ForgetCopy(laboratory.Options.ProgressPath!);
        await laboratory.ReplicateUntilAsync(laboratory.FinalAsync(copies: 2));
        laboratory.Source.BytesReadStably.Should().BeGreaterThan(read);
        laboratory.Source.Resets.Should().Be(2);
    }

    [Fact]
    public async Task A_replica_that_was_created_anew_is_copied_anew_although_the_progress_says_half_done()
    {
        using var laboratory = new Laboratory(Laboratory.Disk(new Random(61), 5_000_000, 1));
        laboratory.Options = laboratory.Options with { CreditBytes = 2 << 20 };
        laboratory.Replica.Space = 3_000_000;
        var full = () => new ReplicationSession(laboratory.Options).RunAsync(CancellationToken.None);
        await full.Should().ThrowAsync<ReplicationException>();
        var other = new MemoryReplica(new Replication.Protocol.BatchCodec(laboratory.Keys), [.. laboratory.Source.DiskLengths]);
        laboratory.Options = laboratory.Options with { Link = new Replication.Transport.LocalReplicaLink(other) };

        await laboratory.ReplicateUntilAsync(laboratory.FinalAsync(copies: 2, other));

        Laboratory.AssertEqual(other.Disks, laboratory.Source.Disks, "the new replica");
        laboratory.Source.Resets.Should().Be(2);
    }

    private static async Task<Laboratory> ReplicatedAsync(params byte[][] disks)
    {
        var laboratory = new Laboratory(disks);
        await laboratory.ReplicateUntilAsync(laboratory.FinalAsync(copies: 1));
        laboratory.Options = laboratory.Options with { Mode = ReplicationMode.Resync };
        return laboratory;
    }
}
