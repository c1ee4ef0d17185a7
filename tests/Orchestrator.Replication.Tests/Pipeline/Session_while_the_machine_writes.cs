using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Tests.Pipeline;

public sealed class Session_while_the_machine_writes
{
    [Theory]
    [InlineData(1, FrameCompression.Brotli)]
    [InlineData(2, FrameCompression.None)]
    [InlineData(3, FrameCompression.Brotli)]
    public async Task Initial_copy_ends_in_an_exact_replica_and_every_point_is_an_exact_prefix(int seed, FrameCompression compression)
    {
        var random = new Random(seed);
        using var laboratory = new Laboratory(
            Laboratory.Disk(random, 9_000_000), Laboratory.Disk(random, 4_000_123), Laboratory.Disk(random, 1), Laboratory.Disk(random, 65536));
        laboratory.Options = laboratory.Options with { Compression = compression };

        var errors = await laboratory.ReplicateUntilAsync(Task.Run(() => WriteAsync(laboratory, random, 400)));

        errors.Should().BeEmpty();
        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
        laboratory.AssertPointsAreExact();
        laboratory.Replica.Repeats.Should().Be(0);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Lost_requests_and_lost_answers_at_any_batch_only_delay(int seed)
    {
        var random = new Random(seed);
        using var laboratory = new Laboratory(Laboratory.Disk(random, 6_000_000), Laboratory.Disk(random, 3_000_000));
        laboratory.Options = laboratory.Options with { CreditBytes = 2 << 20 };
        var chance = new Random(seed * 7);
        laboratory.Link.Before = (_, _) => Roll(chance) < 0.05 ? throw FaultyLink.Cut() : Task.CompletedTask;
        laboratory.Link.After = (_, _) => Roll(chance) < 0.05 ? throw FaultyLink.Cut() : Task.CompletedTask;

        var errors = await laboratory.ReplicateUntilAsync(Task.Run(() => WriteAsync(laboratory, random, 300)));

        errors.Should().NotBeEmpty("the faults must have struck, or this proves nothing");
        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
        laboratory.AssertPointsAreExact();
        laboratory.Source.Resets.Should().Be(1, "the copy is begun once and continued after each error");
        laboratory.Replica.Repeats.Should().Be(0, "what was durable is not sent again");
    }

    [Fact]
    public async Task A_block_written_before_the_copy_reaches_it_and_again_after_has_its_last_content()
    {
        using var laboratory = new Laboratory(new byte[4 << 20], Laboratory.Disk(new Random(5), 3 << 20, 1));
        var content = new byte[4096];
        laboratory.Link.Before = (count, _) =>
        {
            content[0] = (byte)count;
            laboratory.Source.Write(0, 3 << 20, (byte[])content.Clone());
            laboratory.Source.Zero(1, (count % 48) << 16, 4096);
            return Task.CompletedTask;
        };

        await laboratory.ReplicateUntilAsync(Task.Run(async () =>
        {
            await Conditions.Eventually(() => laboratory.Replica.Points.Count > 3, "points");
            laboratory.Link.Before = (_, _) => Task.CompletedTask;
            return await laboratory.FinalAsync();
        }));

        laboratory.AssertPointsAreExact();
        Laboratory.AssertEqual(laboratory.Replica.Disks, laboratory.Source.Disks, "the replica");
    }

    internal static async Task<EpochMark> WriteAsync(Laboratory laboratory, Random random, int changes)
    {
        for (var i = 0; i < changes; i++)
        {
            Laboratory.ChangeAtRandom(laboratory.Source, random);
            if (random.Next(8) == 0)
            {
                await Task.Yield();
                var sends = laboratory.Link.Sends;
                await Task.WhenAny(
                    Conditions.Eventually(() => laboratory.Link.Sends > sends, "a batch goes"),
                    Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
            }

            if (random.Next(30) == 0)
            {
                laboratory.Source.CutEpoch(EpochKind.ApplicationConsistent, Guid.NewGuid());
            }
        }

        return await laboratory.FinalAsync();
    }

    private static double Roll(Random chance)
    {
        lock (chance)
        {
            return chance.NextDouble();
        }
    }
}
