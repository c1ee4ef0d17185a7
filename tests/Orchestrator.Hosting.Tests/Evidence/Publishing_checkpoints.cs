using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Actors.Persistence;
using Orchestrator.Hosting.Evidence;
using Orchestrator.Journal.Sql.Evidence;
using Orchestrator.Journal.Sql.Evidence.Merkle;
using Orchestrator.TestKit;

namespace Orchestrator.Hosting.Tests.Evidence;

public sealed class Publishing_checkpoints : IDisposable
{
    private const string Keys = "public keys\n";
    private readonly TemporaryFolder _folder = new();
    private readonly CheckpointKey _key = CheckpointKey.Create();

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_directory_gets_a_file_each_and_the_keys()
    {
        var target = new DirectoryTarget(_folder["copies"]);
        foreach (var number in (long[])[1, 2, 10, 10]) await target.PublishAsync(Make(number), Keys, CancellationToken.None);

        Read("copies").Should().Equal(1, 2, 10);
        (await File.ReadAllTextAsync(Path.Combine(_folder["copies"], DirectoryTarget.KeyFile))).Should().Be(Keys);
        Directory.EnumerateFiles(_folder["copies"]).Should().HaveCount(4);
    }

    [Fact]
    public async Task A_file_gets_a_line_each_and_what_a_crash_left_is_written_over()
    {
        var target = new FileTarget(_folder["copies.jsonl"]);
        await target.PublishAsync(Make(1), Keys, CancellationToken.None);
        await File.AppendAllTextAsync(_folder["copies.jsonl"], "{\"checkpoint\":2,\"at");
        await target.PublishAsync(Make(2), Keys, CancellationToken.None);
        await target.PublishAsync(Make(2), Keys, CancellationToken.None);
        Read("copies.jsonl").Should().Equal(1, 2);
    }

    [Theory]
    [InlineData("directory")]
    [InlineData("file")]
    public async Task Another_checkpoint_of_the_same_number_is_never_overwritten(string kind)
    {
        ICheckpointTarget target = kind == "file" ? new FileTarget(_folder["copies"]) : new DirectoryTarget(_folder["copies"]);
        await target.PublishAsync(Make(1), Keys, CancellationToken.None);
        var publish = async () => await target.PublishAsync(Make(1, seconds: 7), Keys, CancellationToken.None);
        (await publish.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(EvidenceErrorCodes.PublishedDiffers);
        Read("copies").Should().Equal(1);
    }

    [Fact]
    public async Task A_command_gets_the_line_on_its_standard_input_and_its_arguments_as_they_are()
    {
        var target = new CommandTarget(["tee", _folder["a b; $(c)"]], TimeProvider.System);
        await target.PublishAsync(Make(5), Keys, CancellationToken.None);
        Read("a b; $(c)").Should().Equal(5);
    }

    [Theory]
    [InlineData("ls", "*no such file*")]
    [InlineData("no-such-program", "*")]
    public async Task A_command_that_fails_is_told_with_what_it_said(string program, string said)
    {
        var target = new CommandTarget([program, _folder["nothing"]], TimeProvider.System);
        var publish = async () => await target.PublishAsync(Make(1), Keys, CancellationToken.None);
        var error = (await publish.Should().ThrowAsync<JournalException>()).Which;
        error.Code.Should().Be(EvidenceErrorCodes.PublishFailed);
        error.Message.Should().MatchEquivalentOf(said);
    }

    [Fact]
    public async Task A_target_that_failed_is_told_and_gets_all_it_missed()
    {
        var time = new ManualTime();
        var store = new Store([Make(1), Make(2), Make(3)]);
        var target = new Fickle();
        var feed = new TargetFeed(target, store, Keys, time, NullLogger.Instance);

        await feed.CatchUpAsync(0, CancellationToken.None);
        feed.View.Error.Should().BeNull("before the first checkpoint there is nothing to publish");
        await feed.CatchUpAsync(1, CancellationToken.None);
        target.Fails = true;
        await feed.CatchUpAsync(2, CancellationToken.None);
        (feed.View.Published, feed.View.Error!.Code).Should().Be((1, EvidenceErrorCodes.PublishFailed));
        target.Fails = false;
        await feed.CatchUpAsync(3, CancellationToken.None);
        feed.View.Published.Should().Be(1, "it waits before it tries again");

        time.Advance(TimeSpan.FromSeconds(2));
        await feed.CatchUpAsync(3, CancellationToken.None);
        (feed.View.Published, feed.View.Error is null).Should().Be((3, true));
        target.Got.Should().Equal(1, 2, 3);
        store.Anchor.Should().Be(3);
    }

    [Fact]
    public async Task A_new_target_begins_with_the_newest_checkpoint_and_a_known_one_where_it_was()
    {
        var target = new Fickle();
        var store = new Store([Make(1), Make(2), Make(3)]);
        await new TargetFeed(target, store, Keys, TimeProvider.System, NullLogger.Instance).CatchUpAsync(2, CancellationToken.None);
        target.Got.Should().Equal(2);
        await new TargetFeed(target, store, Keys, TimeProvider.System, NullLogger.Instance).CatchUpAsync(3, CancellationToken.None);
        target.Got.Should().Equal(2, 3);
    }

    [Fact]
    public void The_key_is_made_once_for_its_owner_alone_and_its_public_halves_stay_known()
    {
        var path = _folder["key.pem"];
        using var first = CheckpointKeyFile.LoadOrCreate(path);
        using (var again = CheckpointKeyFile.LoadOrCreate(path)) again.KeyId.Should().Be(first.KeyId);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        File.Delete(path);
        using var second = CheckpointKeyFile.LoadOrCreate(path);
        using var known = CheckpointKeys.FromPem(File.ReadAllText(CheckpointKeyFile.PublicPath(path)));
        known.Ids.Should().BeEquivalentTo(first.KeyId, second.KeyId);
    }

    [Fact]
    public void A_key_that_others_can_read_or_that_is_none_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows guards it by the folder's access list.");
        if (OperatingSystem.IsWindows()) return;
        using (CheckpointKeyFile.LoadOrCreate(_folder["open.pem"])) { }
        File.SetUnixFileMode(_folder["open.pem"], UnixFileMode.UserRead | UnixFileMode.GroupRead);
        _folder.Write("none.pem", "nothing");
        File.SetUnixFileMode(_folder["none.pem"], UnixFileMode.UserRead);
        foreach (var path in new[] { _folder["open.pem"], _folder["none.pem"] })
        {
            var load = () => CheckpointKeyFile.LoadOrCreate(path);
            load.Should().Throw<JournalException>().Which.Code.Should().Be(EvidenceErrorCodes.KeyUnusable);
        }
    }

    private StoredCheckpoint Make(long number, int seconds = 0)
    {
        var at = new DateTimeOffset(2030, 1, 1, 0, 0, seconds, TimeSpan.Zero);
        return new StoredCheckpoint(number, _key.Sign(CheckpointFormat.Encode(new Checkpoint(number, at, new byte[32], [TreeHead.Empty], TreeHead.Empty))));
    }

    private IEnumerable<long> Read(string name) =>
        PublishedFiles.Read(_folder[name]).Select(copy => CheckpointFormat.TryDecode(copy.Checkpoint.Body)!.Number);

    private sealed class Fickle : ICheckpointTarget
    {
        public bool Fails { get; set; }

        public List<long> Got { get; } = [];

        public string Name => "fickle";

        public Task PublishAsync(StoredCheckpoint checkpoint, string publicKeys, CancellationToken cancellation)
        {
            if (Fails) throw TargetErrors.Failed(Name, checkpoint.Number, "it is down.");
            Got.Add(checkpoint.Number);
            return Task.CompletedTask;
        }
    }

    private sealed class Store(IReadOnlyList<StoredCheckpoint> checkpoints) : ICheckpointStore
    {
        public long? Anchor { get; private set; }

        public ValueTask<CheckpointMemory> LoadAsync(CancellationToken cancellation) => ValueTask.FromResult(new CheckpointMemory(
            checkpoints[^1], new Dictionary<int, StoredFrontier>(), Anchor is { } n ? new Dictionary<string, long> { ["fickle"] = n } : []));

        public ValueTask<IReadOnlyList<StoredCheckpoint>> ReadAsync(long from, int limit, CancellationToken cancellation) =>
            ValueTask.FromResult<IReadOnlyList<StoredCheckpoint>>([.. checkpoints.Where(c => c.Number >= from).Take(Math.Min(limit, 1))]);

        public ValueTask SaveAsync(
            StoredCheckpoint checkpoint, IReadOnlyDictionary<int, StoredFrontier> frontiers, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public ValueTask SaveAnchorAsync(string target, long number, CancellationToken cancellation)
        {
            Anchor = number;
            return ValueTask.CompletedTask;
        }

        public ValueTask<ShreddingNote> ShredAsync(ShreddingRequest request, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
