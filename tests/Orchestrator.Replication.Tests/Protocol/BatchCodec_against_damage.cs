using System.Buffers.Binary;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Replication.Integrity;
using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Protocol;

public sealed class BatchCodec_against_damage
{
    private const int BodyCrc = 12;
    private const int HeaderCrc = 8;
    private readonly BatchCodec _codec = new(Changes.Keys(3));

    [Theory]
    [InlineData(FrameCompression.None)]
    [InlineData(FrameCompression.Brotli)]
    public void Refuses_a_flip_of_any_bit(FrameCompression compression)
    {
        var frame = Frame(4, compression, 6);
        for (var bit = 0; bit < frame.Length * 8; bit++)
        {
            var damaged = (byte[])frame.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Refused(() => _codec.Decode(damaged), $"bit {bit}");
        }
    }

    [Theory]
    [InlineData(FrameCompression.None)]
    [InlineData(FrameCompression.Brotli)]
    public void Refuses_a_flip_of_any_bit_although_the_checksums_were_made_to_fit(FrameCompression compression)
    {
        var frame = Frame(4, compression, 6);
        for (var bit = 16 * 8; bit < frame.Length * 8; bit++)
        {
            var forged = (byte[])frame.Clone();
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            Refused(() => _codec.Decode(Reseal(forged)), $"bit {bit}");
        }
    }

    [Fact]
    public void Refuses_every_cut_and_every_appendix()
    {
        var frame = Frame(5, FrameCompression.None, 3);
        for (var length = 0; length < frame.Length; length++)
        {
            var cut = frame[..length];
            Refused(() => BatchFrame.Verify(cut), $"length {length}");
            Refused(() => _codec.Decode(cut), $"length {length}");
        }

        Refused(() => _codec.Decode([.. frame, 0]), "a byte more");
    }

    [Fact]
    public void Refuses_a_frame_without_one_of_its_sections()
    {
        var data = new byte[100];
        var header = new BatchHeader(Guid.NewGuid(), 1, 1, 2, 1, null, 200);
        var frame = BatchCodec_round_trip.Encode(_codec, header, [new(0, 0, 100, data), new(1, 0, 100, data)], FrameCompression.None);
        var section = (frame.Length - 128 - 64 - 16) / 2;
        byte[] forged = [.. frame[..128], .. frame[128..160], .. frame[192..208], .. frame[208..(208 + section)]];
        BinaryPrimitives.WriteUInt16LittleEndian(forged.AsSpan(106), 1);
        BinaryPrimitives.WriteInt32LittleEndian(forged.AsSpan(108), forged.Length - 128);
        BinaryPrimitives.WriteInt64LittleEndian(forged.AsSpan(64), 100);

        Refused(() => _codec.Decode(Reseal(forged)), "a section less");
    }

    [Fact]
    public void Refuses_another_key()
    {
        var frame = Frame(6, FrameCompression.Brotli, 10);
        Refused(() => new BatchCodec(Changes.Keys(3, salt: 9)).Decode(frame), "another key");
    }

    [Fact]
    public void A_wrong_key_of_one_disk_leaves_batches_of_the_others_readable()
    {
        byte[][] keys = [.. Changes.Keys(2), new byte[32]];
        var frame = BatchCodec_round_trip.Encode(
            _codec, new BatchHeader(Guid.NewGuid(), 1, 1, 1, 1, null, 5), [new(1, 7, 5, new byte[5])], FrameCompression.None);
        new BatchCodec(keys).Decode(frame).Should().ContainSingle().Which.Offset.Should().Be(7);
    }

    [Fact]
    public void Refuses_noise_without_another_error_and_without_memory() => Prop.ForAll(Changes.Seeds, seed =>
    {
        var random = new Random(seed);
        var frame = random.Next(2) == 0 ? new byte[random.Next(600)] : Frame(seed, FrameCompression.None, 4);
        var original = frame.ToArray();
        for (var i = random.Next(1, 12); i > 0 && frame.Length >= 4; i--)
        {
            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(random.Next(frame.Length - 3)), random.Next());
        }

        var noise = frame.Length >= 128 ? Reseal(frame) : frame;
        if (noise.AsSpan().SequenceEqual(original)) return; // It hit nothing but the checksum, which was computed anew.
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(() => _codec.Decode(noise), $"seed {seed}");
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 20);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Refuses_impossible_tables_of_someone_who_has_the_key()
    {
        // Gap, length*2+zero, then data: what each table states cannot be.
        Forged(extents: 1, table: [0, 40], data: 10).Should().Throw<ReplicationException>("the extent is longer than the data");
        Forged(extents: 1, table: [0, 0], data: 0).Should().Throw<ReplicationException>("an extent of nothing");
        Forged(extents: 1, table: [0, 20], data: 11).Should().Throw<ReplicationException>("a byte too many");
        Forged(extents: 2, table: [0, 20], data: 10).Should().Throw<ReplicationException>("the table is too short");
        Forged(extents: 1, table: [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 20], data: 10)
            .Should().Throw<ReplicationException>("the offset has too many bits");
        Forged(extents: 1, table: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 20], data: 10)
            .Should().Throw<ReplicationException>("the extent ends beyond any disk");
        Forged(extents: 1, table: [3, 20], data: 10).Should().NotThrow("this one is right, so the forgery is a good one");
    }

    /// <summary>Builds a frame by hand, with the documented keys.</summary>
    private Action Forged(int extents, byte[] table, int data)
    {
        var session = Guid.NewGuid();
        byte[] plain = [.. table, .. new byte[data]];
        var frame = new byte[128 + 32 + 16 + plain.Length + 16];
        var template = BatchCodec_round_trip.Encode(
            _codec, new BatchHeader(session, 3, 1, 1, 1, null, data), [], FrameCompression.None);
        template.AsSpan(0, 128).CopyTo(frame);
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(106), 1);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(108), frame.Length - 128);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(128 + 8), plain.Length);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(128 + 12), plain.Length);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(128 + 16), extents);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(128 + 20), table.Length);
        var nonce = new byte[12];
        nonce[0] = 3;
        using var seal = new AesGcm(Derive(session, "orchestrator seal 1"u8), 16);
        seal.Encrypt(nonce, [], [], frame.AsSpan(160, 16), frame.AsSpan(16, 144));
        using var cipher = new AesGcm(Derive(session, "orchestrator frame 1"u8), 16);
        cipher.Encrypt(nonce, plain, frame.AsSpan(176, plain.Length), frame.AsSpan(176 + plain.Length, 16), frame.AsSpan(16, 144));
        Reseal(frame);
        return () => _codec.Decode(frame);
    }

    private static byte[] Derive(Guid session, ReadOnlySpan<byte> purpose) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Changes.Keys(1)[0], 32, session.ToByteArray(), [.. purpose, 0, 0, 0, 0]);

    private byte[] Frame(int seed, FrameCompression compression, int most)
    {
        var random = new Random(seed);
        var changes = Changes.Random(random, 3, most);
        changes.RemoveAll(change => change.Data.Length > 150);
        changes.Add(new ReplicaChange(2, 1L << 50, 100, new byte[100]));
        return BatchCodec_round_trip.Encode(_codec, Changes.Header(random, changes), changes, compression);
    }

    private static byte[] Reseal(byte[] frame)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(BodyCrc), Crc32C.Compute(frame.AsSpan(128)));
        BinaryPrimitives.WriteUInt32LittleEndian(
            frame.AsSpan(HeaderCrc), Crc32C.Continue(Crc32C.Compute(frame.AsSpan(0, HeaderCrc)), frame.AsSpan(BodyCrc, 116)));
        return frame;
    }

    private static void Refused(Action act, string because) =>
        act.Should().Throw<ReplicationException>(because).Which.Code.Should().Be(ErrorCodes.BatchRejected);
}
