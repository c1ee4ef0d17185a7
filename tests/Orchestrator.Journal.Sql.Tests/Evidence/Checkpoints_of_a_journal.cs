using System.Diagnostics;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Evidence.Merkle;

namespace Orchestrator.Journal.Sql.Tests.Evidence;

public sealed class Checkpoints_of_a_journal : IAsyncLifetime
{
    private readonly SealedJournal _journal = new();

    public async ValueTask InitializeAsync() => await _journal.OpenAsync();

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    [Fact]
    public async Task Are_taken_only_when_enough_is_new()
    {
        (await _journal.SealAsync()).Should().BeNull("there is nothing to seal");
        await _journal.StoreAsync(2);
        (await _journal.SealAsync(minimum: 7)).Should().BeNull("six events are new");
        (await _journal.SealAsync(minimum: 6))!.Events.Should().Be(6);
        (await _journal.SealAsync()).Should().BeNull("nothing is new since");
    }

    [Fact]
    public async Task Go_on_after_a_restart_from_what_is_kept()
    {
        await _journal.StoreAsync(2);
        await _journal.SealAsync();
        await _journal.CloseAsync();
        await _journal.OpenAsync();
        await _journal.StoreAsync(1);

        var second = (await _journal.SealAsync())!;
        (second.Number, second.Events).Should().Be((2, 9));
        second.Previous.Should().Equal(CheckpointFormat.Hash(_journal.Published[0].Body));
        (await _journal.VerifyAsync()).SealedEvents.Should().Be(9);
    }

    [Fact]
    public async Task Build_a_tree_anew_whose_kept_hashes_are_damaged()
    {
        await _journal.StoreAsync(3);
        await _journal.SealAsync();
        await _journal.CloseAsync();
        _journal.Directory.Tamper("UPDATE merkle_frontier SET frontier = zeroblob(length(frontier))");
        await _journal.OpenAsync();
        await _journal.StoreAsync(1);
        (await _journal.SealAsync())!.Events.Should().Be(12);
        (await _journal.VerifyAsync()).IsIntact.Should().BeTrue();
    }

    [Fact]
    public async Task Are_not_taken_of_a_journal_that_contradicts_the_last_one()
    {
        await _journal.StoreAsync(3);
        await _journal.SealAsync();
        await _journal.CloseAsync();
        await Forger.CutAsync(_journal.Directory, 1, 4);
        await _journal.OpenAsync();

        var take = async () => await _journal.SealAsync();
        (await take.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(EvidenceErrorCodes.JournalContradictsCheckpoint);
    }

    [Fact]
    public async Task Are_stored_in_order_even_if_two_take_them()
    {
        var other = _journal.NewCheckpointer();
        await _journal.StoreAsync(1);
        await other.TakeAsync(1, CancellationToken.None);
        await _journal.SealAsync();
        await _journal.StoreAsync(1);
        await _journal.SealAsync();

        await _journal.StoreAsync(1);
        var late = async () => await other.TakeAsync(1, CancellationToken.None);
        (await late.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(EvidenceErrorCodes.CheckpointConflict);
        (await other.TakeAsync(1, CancellationToken.None))!.Number.Should().Be(3, "it has looked at the store again");
    }

    [Fact]
    public async Task Prove_an_event_with_a_few_hashes()
    {
        await _journal.StoreAsync(40);
        var checkpoint = (await _journal.SealAsync())!;
        var hashes = (await _journal.Journal.ReadShardAsync(1, 0, 1000, CancellationToken.None)).Select(stored => stored.Hash).ToArray();
        var path = MerkleProof.Inclusion(hashes, 33);
        path.Count.Should().Be(7);
        MerkleProof.Includes(checkpoint.Shards[1], 33, hashes[33], path).Should().BeTrue();
        MerkleProof.Includes(checkpoint.Shards[1], 33, hashes[32], path).Should().BeFalse();
    }

    [Fact]
    public async Task Keep_their_bytes_for_ever()
    {
        var checkpoint = new Checkpoint(7, new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero), CheckpointFormat.Hash("before"u8),
            [TreeHead.Empty, new TreeHead(5, MerkleHash.Leaf("five"u8)), new TreeHead(1L << 40, MerkleHash.Leaf("many"u8))],
            new TreeHead(1, MerkleHash.Leaf("note"u8)));
        var golden = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Evidence", "golden", "checkpoint.v1.hex"));

        var body = CheckpointFormat.Encode(checkpoint);
        Convert.ToHexStringLower(body).Should().Be(golden.ReplaceLineEndings(""), "a change would make every stored checkpoint unreadable");
        CheckpointFormat.TryDecode(body).Should().BeEquivalentTo(checkpoint);
        for (var i = 0; i < body.Length; i++)
        {
            var damaged = body.ToArray();
            damaged[i] ^= 1;
            var read = CheckpointFormat.TryDecode(damaged);
            (read is null || !CheckpointFormat.Encode(read).AsSpan().SequenceEqual(body)).Should().BeTrue();
        }
    }

    [Fact]
    public async Task Come_out_of_their_published_form_as_they_went_in()
    {
        await _journal.StoreAsync(1);
        await _journal.SealAsync();
        var read = PublishedForm.TryRead(PublishedForm.Write(_journal.Published[0]));
        read.Should().BeEquivalentTo(_journal.Published[0]);
        PublishedForm.TryRead("{}").Should().BeNull();
        PublishedForm.TryRead("no json").Should().BeNull();
        PublishedForm.TryRead("""{"key":"k","body":"AAAA","signature":"AAAA"}""").Should().BeNull();
    }

    [Fact]
    public async Task Are_signed_so_that_openssl_confirms_it()
    {
        await _journal.StoreAsync(1);
        await _journal.SealAsync();
        var root = _journal.Directory.Root;
        await File.WriteAllTextAsync(Path.Combine(root, "key.pem"), _journal.Key.ToPublicPem());
        await File.WriteAllBytesAsync(Path.Combine(root, "signature.bin"), _journal.Published[0].Signature);
        await File.WriteAllBytesAsync(Path.Combine(root, "body.bin"), _journal.Published[0].Body);
        (await OpensslAsync(root)).Should().Be((0, "Verified OK"));

        var body = _journal.Published[0].Body.ToArray();
        body[20] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(root, "body.bin"), body);
        (await OpensslAsync(root)).ExitCode.Should().NotBe(0);
    }

    private static async Task<(int ExitCode, string Output)> OpensslAsync(string directory)
    {
        var start = new ProcessStartInfo("openssl", ["dgst", "-sha256", "-verify", "key.pem", "-signature", "signature.bin", "body.bin"])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output.Trim());
    }
}
