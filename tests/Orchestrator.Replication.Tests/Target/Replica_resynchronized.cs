using System.Security.Cryptography;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Target;

public class Replica_resynchronized
{
    [Fact]
    public void Takes_only_what_differs_into_a_seed_and_becomes_exact()
    {
        var source = new SourceModel(80, 1_000_000, 130_001);
        source.Scribble(200);
        source.Reset();
        var seeds = Directory.CreateTempSubdirectory("seed-");
        var paths = source.Disks.Select((d, i) => Path.Combine(seeds.FullName, $"old-{i}.img")).ToList();
        for (var i = 0; i < paths.Count; i++)
        {
            File.WriteAllBytes(paths[i], source.Disks[i]);
        }

        source.Write(0, 70_000, RandomNumberGenerator.GetBytes(10));
        source.Write(1, 130_000, [200]);
        source.Reset();
        using var rig = new ReplicaRig(source) { Paths = paths };
        rig.Open();

        rig.Connect().Consistent.Should().BeFalse();
        var copied = Resynchronize(rig);

        copied.Should().Be(2);
        rig.Drain();
        rig.CheckApplied();
        rig.CheckPoints();
        rig.Store.DiskPaths.Should().Equal(paths);
        rig.Store.Remove(keepDisks: false);
        File.Exists(paths[0]).Should().BeTrue("a seed belongs to somebody else");
        seeds.Delete(recursive: true);
    }

    [Fact]
    public void Keeps_the_old_points_exact_through_the_resync_and_after()
    {
        using var rig = RecoveryPoint_views.Filled(81, out var points);
        var source = rig.Source;
        source.Scribble(40);
        source.Reset();

        rig.Connect().Should().BeEquivalentTo(new { source.Incarnation, NextBatch = 0L, AppliedEpoch = 0L, Consistent = false });
        rig.CheckPoints();
        Resynchronize(rig, mark: false);
        rig.CheckPoints();
        var digest = () => rig.Store.Digest();
        digest.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.ReplicaState);
        rig.Reopen();
        rig.Store.Cursor.Consistent.Should().BeFalse();
        rig.CheckPoints();
        ReplicaRig.CheckEqual(
            rig.Store.OpenTest(points[0]).Disks.Select(ReplicaRig.ReadAll).ToList(), source.CopyAt(points[^1]), "newest old point");
        source.Scribble(10);
        source.Mark();
        rig.SendAll(consistent: s => s > 10);
        rig.Drain();

        rig.Store.Cursor.Consistent.Should().BeTrue();
        rig.Store.Points.Should().HaveCount(4);
        rig.CheckPoints();
        rig.CheckApplied();
    }

    [Fact]
    public void Applies_while_inconsistent_without_waiting_for_an_epochs_end()
    {
        var source = new SourceModel(82, 300_000);
        using var rig = new ReplicaRig(source);
        rig.Open();
        source.Scribble(50);
        rig.SendAll();

        var hashes = Hashes(rig, 0, RandomNumberGenerator.GetBytes(32));

        hashes.Length.Should().BePositive();
        rig.Store.BacklogBytes.Should().Be(0);
        ReplicaRig.CheckEqual(rig.Store.DiskPaths.Select(File.ReadAllBytes).ToList(), [.. source.Disks], "disks");
        rig.Store.Points.Should().BeEmpty();
    }

    [Fact]
    public void Records_no_point_at_an_end_that_is_not_consistent()
    {
        var source = new SourceModel(83, 300_000);
        using var rig = new ReplicaRig(source);
        rig.Open();
        source.Scribble(5);
        source.Mark();
        source.Scribble(5);
        var exact = source.Mark();

        rig.SendAll(consistent: s => s > 6);
        rig.Drain();

        rig.Store.Points.Should().ContainSingle().Which.Id.Should().Be(exact);
        rig.Store.Cursor.Should().BeEquivalentTo(new { AppliedEpoch = 2L, AppliedSequence = 12L, Consistent = true });
    }

    [Fact]
    public void Hashes_blocks_by_the_key_alone()
    {
        using var rig = RecoveryPoint_views.Filled(84, out _);
        var key = RandomNumberGenerator.GetBytes(32);

        Hashes(rig, 0, key).Should().Equal(Hashes(rig, 0, key));
        Hashes(rig, 0, key).Should().NotEqual(Hashes(rig, 0, RandomNumberGenerator.GetBytes(32)));
        Hashes(rig, 0, key).Should().Equal(HashesOf(rig.Source.Disks[0], key));
        var beyond = () => rig.Store.HashBlocks(0, 1, key, new byte[32]);
        beyond.Should().Throw<ArgumentException>();
    }

    /// <summary>Compares, copies what differs, and ends the copy with a mark. Returns the blocks copied.</summary>
    internal static int Resynchronize(ReplicaRig rig, bool mark = true)
    {
        var copied = 0;
        for (var disk = 0; disk < rig.Lengths.Count; disk++)
        {
            var key = RandomNumberGenerator.GetBytes(32);
            var theirs = Hashes(rig, disk, key);
            var ours = HashesOf(rig.Source.Disks[disk], key);
            var differing = Enumerable.Range(0, ours.Length / 16)
                .Where(b => !ours.AsSpan(b * 16, 16).SequenceEqual(theirs.AsSpan(b * 16, 16))).Select(b => (long)b).ToList();
            copied += differing.Count;
            if (differing.Count > 0)
            {
                rig.Send([rig.Source.CopyBatch(rig.Store.Cursor, rig.Session, disk, differing)]);
            }

            Hashes(rig, disk, key).Should().Equal(ours);
        }

        if (mark)
        {
            rig.Source.Mark();
            rig.Send(rig.Source.BatchesAfter(rig.Store.Cursor, rig.Session));
        }

        return copied;
    }

    private static byte[] Hashes(ReplicaRig rig, int disk, byte[] key)
    {
        var hashes = new byte[(rig.Store.DiskLengths[disk] + IReplica.BlockSize - 1) / IReplica.BlockSize * 16];
        rig.Store.HashBlocks(disk, 0, key, hashes);
        return hashes;
    }

    private static byte[] HashesOf(byte[] disk, byte[] key)
    {
        using var cipher = new AesGcm(key, 16);
        return disk.Chunk(IReplica.BlockSize).SelectMany(block =>
        {
            var tag = new byte[16];
            cipher.Encrypt(new byte[12], Array.Empty<byte>(), Array.Empty<byte>(), tag, block);
            return tag;
        }).ToArray();
    }
}
