using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Replication.Protocol;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Tests.Protocol;

public sealed class BatchCodec_round_trip
{
    [Fact]
    public void Gives_back_every_header_and_every_change() => Prop.ForAll(Changes.Seeds, seed =>
    {
        var random = new Random(seed);
        var disks = random.Next(1, 5);
        var changes = Changes.Random(random, disks, 15);
        var header = Changes.Header(random, changes);
        var frame = Encode(new BatchCodec(Changes.Keys(disks)), header, changes, (FrameCompression)(random.Next(2) * 3));
        var reader = new BatchCodec(Changes.Keys(disks));

        reader.ReadHeader(frame).Should().Be(header);
        BatchFrame.ReadHeader(frame.AsSpan(0, BatchFrame.HeaderLength)).Should().Be(header);
        BatchFrame.ReadLength(frame).Should().Be(frame.Length);
        Changes.Normalize(reader.Decode(frame)).Should().Equal(Changes.Normalize(changes));
        var order = reader.Decode(frame);
        order.Zip(order.Skip(1)).All(pair =>
            pair.First.Disk < pair.Second.Disk || pair.First.Offset + pair.First.Length <= pair.Second.Offset).Should().BeTrue();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Compresses_what_shrinks_and_leaves_alone_what_does_not()
    {
        var noise = new byte[1 << 20];
        new Random(1).NextBytes(noise);
        var text = new byte[1 << 20];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (byte)(i / 100 % 50);
        }

        Length(noise, FrameCompression.Brotli).Should().BeInRange(noise.Length, noise.Length + 300);
        Length(text, FrameCompression.Brotli).Should().BeLessThan(text.Length / 4);
        Length(text, FrameCompression.None).Should().BeInRange(text.Length, text.Length + 300);
    }

    [Fact]
    public void Never_encrypts_the_same_under_another_session_number_or_disk()
    {
        var changes = new List<ReplicaChange> { new(0, 0, 64, new byte[64]) };
        var header = new BatchHeader(Guid.NewGuid(), 1, 1, 1, 1, null, 64);
        var codec = new BatchCodec([Changes.Keys(1)[0], Changes.Keys(1)[0]]);

        byte[][] bodies =
        [
            Body(Encode(codec, header, changes, FrameCompression.None)),
            Body(Encode(codec, header with { Number = 2 }, changes, FrameCompression.None)),
            Body(Encode(codec, header with { Session = Guid.NewGuid() }, changes, FrameCompression.None)),
            Body(Encode(codec, header, [changes[0] with { Disk = 1 }], FrameCompression.None)),
        ];

        bodies.Select(Convert.ToHexString).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Refuses_changes_that_overlap_or_are_unsorted_or_of_an_unknown_disk()
    {
        var data = new byte[10];
        var codec = new BatchCodec(Changes.Keys(2));
        var header = new BatchHeader(Guid.NewGuid(), 1, 1, 1, 1, null, 20);
        List<ReplicaChange>[] wrong =
        [
            [new(0, 0, 10, data), new(0, 9, 10, data)],
            [new(1, 0, 10, data), new(0, 0, 10, data)],
            [new(0, 50, 10, data), new(0, 0, 10, data)],
            [new(2, 0, 10, data)],
            [new(0, 0, 0, default)],
        ];
        foreach (var changes in wrong)
        {
            var encode = () => Encode(codec, header, changes, FrameCompression.None);
            encode.Should().Throw<ArgumentException>();
        }
    }

    internal static byte[] Encode(BatchCodec codec, BatchHeader header, IReadOnlyList<ReplicaChange> changes, FrameCompression compression)
    {
        var frame = new byte[BatchCodec.MaxFrameLength(changes)];
        var length = codec.Encode(header, changes, compression, frame);
        return frame[..length];
    }

    private static byte[] Body(byte[] frame) => frame[(BatchFrame.HeaderLength + 32 + 16)..];

    private static int Length(byte[] data, FrameCompression compression) => Encode(
        new BatchCodec(Changes.Keys(1)), new BatchHeader(Guid.NewGuid(), 0, 1, 1, 1, null, data.Length),
        [new(0, 0, data.Length, data)], compression).Length;
}
