using System.Text;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;

namespace Orchestrator.Journal.Sql.Tests.Projections;

/// <summary>What every projection store must do; an implementation inherits this and says how one is opened.</summary>
public abstract partial class ProjectionStoreContract : IAsyncLifetime
{
    protected static readonly ProjectionId One = new("machines", 1);
    protected static readonly ProjectionId Two = new("machines", 2);
    private IProjectionStore? _store;

    protected static CancellationToken None => CancellationToken.None;

    protected IProjectionStore Store => _store!;

    protected abstract ValueTask<IProjectionStore> OpenAsync();

    public async ValueTask InitializeAsync() => _store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Nothing_is_there_at_first()
    {
        (await Store.ReadActiveOffsetsAsync(One.Name, None)).Should().BeEmpty();
        (await Store.FindAsync(One.Name, "a", None)).Should().BeNull();
        (await Store.ReadAsync(One.Name, new RowQuery("", 10), None)).Should().BeEmpty();
        (await Store.ReadDeadLettersAsync(One.Name, None)).Should().BeEmpty();
        (await Store.FindAsync(One, ["a"], None)).Should().BeEmpty();
        (await Store.ReadOffsetsAsync(One, None)).Should().BeEmpty();
        (await Store.ActivateAsync(One, None)).Should().BeFalse("it was never registered");
    }

    [Fact]
    public async Task Rows_and_offset_of_a_commit_are_there_together()
    {
        await Store.RegisterAsync(One, None);

        (await CommitAsync(One, 3, 0, 5, Put("a", "1"), Put("b", "2"))).Should().BeTrue();

        (await TextAsync("a")).Should().Be("1");
        (await KeysAsync(new RowQuery("", 10))).Should().Equal("a", "b");
        (await Store.ReadOffsetsAsync(One, None))[3].Should().BeEquivalentTo(Offset(5));
        (await Store.ReadActiveOffsetsAsync(One.Name, None))[3].Should().BeEquivalentTo(Offset(5));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(0)]
    [InlineData(6)]
    public async Task An_offset_that_has_moved_refuses_the_commit_whole(long expected)
    {
        await Store.RegisterAsync(One, None);
        await CommitAsync(One, 0, 0, 5, Put("a", "1"));

        var commit = new ShardCommit(0, expected, Offset(9), [Put("a", "2"), Put("c", "3")], [Letter(0, 7)]);
        (await Store.CommitAsync(One, [commit], None)).Should().Equal(false);

        (await TextAsync("a")).Should().Be("1");
        (await TextAsync("c")).Should().BeNull();
        (await Store.ReadOffsetsAsync(One, None))[0].Position.Should().Be(5);
        (await Store.ReadDeadLettersAsync(One.Name, None)).Should().BeEmpty();
    }

    [Fact]
    public async Task The_same_commit_sent_twice_counts_once()
    {
        await Store.RegisterAsync(One, None);
        var commit = new ShardCommit(0, 0, Offset(1), [Put("a", "1")], []);

        (await Store.CommitAsync(One, [commit], None)).Should().Equal(true);
        (await Store.CommitAsync(One, [commit], None)).Should().Equal(false);
    }

    [Fact]
    public async Task Shards_of_one_call_are_stored_each_for_itself_in_order()
    {
        await Store.RegisterAsync(One, None);
        await CommitAsync(One, 1, 0, 5);

        var stored = await Store.CommitAsync(One,
            [new ShardCommit(0, 0, Offset(2), [Put("a", "0")], []), new ShardCommit(1, 4, Offset(6), [Put("b", "1")], []),
             new ShardCommit(2, 0, Offset(3), [Put("c", "2")], [])], None);

        stored.Should().Equal(true, false, true);
        (await KeysAsync(new RowQuery("", 10))).Should().Equal("a", "c");
        (await Store.ReadOffsetsAsync(One, None)).ToDictionary(entry => entry.Key, entry => entry.Value.Position)
            .Should().BeEquivalentTo(new Dictionary<int, long> { [0] = 2, [1] = 5, [2] = 3 });
    }

    [Fact]
    public async Task Changes_are_applied_in_their_order()
    {
        await Store.RegisterAsync(One, None);
        await CommitAsync(One, 0, 0, 1, Put("x/1", "a"), Put("x/2", "b"), Put("y", "c"), Put("x", "d"));

        await CommitAsync(One, 0, 1, 2, Put("x/3", "e"), RowChange.DeletePrefix("x/"), Put("x/4", "f"), RowChange.Delete("y"), RowChange.Delete("none"));

        (await KeysAsync(new RowQuery("", 10))).Should().Equal("x", "x/4");
    }

    [Fact]
    public async Task A_deletion_takes_its_own_row_only()
    {
        await Store.RegisterAsync(One, None);
        await CommitAsync(One, 0, 0, 1, Put("a", "1"), Put("a!", "2"), Put("a/b", "3"), Put("A", "4"));

        await CommitAsync(One, 0, 1, 2, RowChange.Delete("a"));

        (await KeysAsync(new RowQuery("", 10))).Should().Equal("A", "a!", "a/b");
    }

    [Fact]
    public async Task A_row_of_another_shard_is_refused_and_nothing_of_the_call_is_stored()
    {
        await Store.RegisterAsync(One, None);
        await CommitAsync(One, 0, 0, 1, Put("a/1", "mine"));

        foreach (var change in new[] { Put("a/1", "theirs"), RowChange.Delete("a/1"), RowChange.DeletePrefix("a") })
        {
            var commit = () => CommitAsync(One, 1, 0, 1, Put("b", "x"), change);
            (await commit.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(Actors.ActorErrorCodes.RowOfAnotherShard);
        }

        (await TextAsync("a/1")).Should().Be("mine");
        (await TextAsync("b")).Should().BeNull();
        (await Store.ReadOffsetsAsync(One, None)).Should().NotContainKey(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ä")]
    [InlineData("a\n")]
    [InlineData("a\u007f")]
    public async Task A_key_no_store_can_order_is_refused(string key)
    {
        await Store.RegisterAsync(One, None);
        var commit = () => CommitAsync(One, 0, 0, 1, Put(key, "x"));
        await commit.Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task A_commit_that_does_not_move_forward_is_refused()
    {
        await Store.RegisterAsync(One, None);
        var commit = () => CommitAsync(One, 0, 3, 3);
        await commit.Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Dead_letters_are_kept_in_order()
    {
        await Store.RegisterAsync(One, None);
        await Store.CommitAsync(One, [new ShardCommit(1, 0, Offset(9), [], [Letter(1, 7), Letter(1, 3)]), new ShardCommit(0, 0, Offset(1), [], [Letter(0, 1)])], None);

        (await Store.ReadDeadLettersAsync(One.Name, None)).Should().BeEquivalentTo(
            [Letter(0, 1), Letter(1, 3), Letter(1, 7)], options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task A_shard_that_is_reset_begins_anew_and_the_others_stay()
    {
        await Store.RegisterAsync(One, None);
        await Store.CommitAsync(One, [new ShardCommit(0, 0, Offset(1), [Put("a", "1")], [Letter(0, 1)]), new ShardCommit(1, 0, Offset(1), [Put("b", "1")], [Letter(1, 1)])], None);

        await Store.ResetAsync(One, 0, None);

        (await KeysAsync(new RowQuery("", 10))).Should().Equal("b");
        (await Store.ReadOffsetsAsync(One, None)).Keys.Should().Equal(1);
        (await Store.ReadDeadLettersAsync(One.Name, None)).Should().ContainSingle().Which.ShardId.Should().Be(1);
        (await CommitAsync(One, 0, 0, 1, Put("a", "2"))).Should().BeTrue();
    }

    [Fact]
    public async Task Readers_beside_the_writer_see_whole_commits()
    {
        await Store.RegisterAsync(One, None);
        using var done = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                var values = (await Store.ReadAsync(One.Name, new RowQuery("p/", 10), None)).Select(row => Encoding.UTF8.GetString(row.Value)).ToList();
                values.Distinct().Should().HaveCountLessThanOrEqualTo(1, "both rows change in one transaction");
            }
        }, None);
        for (var i = 0; i < 300; i++) await CommitAsync(One, 0, i, i + 1, Put("p/1", $"{i}"), Put("p/2", $"{i}"));

        await done.CancelAsync();
        await reading;
    }

    protected static RowChange Put(string key, string value) => RowChange.Upsert(key, Encoding.UTF8.GetBytes(value));

    protected static ProjectionOffset Offset(long position) => new(position, [1, (byte)position]);

    protected static ProjectionDeadLetter Letter(int shard, long position) =>
        new(shard, position, 3, "FormatException: no such thing", new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero));

    protected async Task<bool> CommitAsync(ProjectionId id, int shard, long from, long to, params RowChange[] changes) =>
        (await Store.CommitAsync(id, [new ShardCommit(shard, from, Offset(to), changes, [])], None)).Should().ContainSingle().Which;

    protected async Task<string?> TextAsync(string key) =>
        await Store.FindAsync(One.Name, key, None) is { } value ? Encoding.UTF8.GetString(value) : null;

    protected async Task<IEnumerable<string>> KeysAsync(RowQuery query) => (await Store.ReadAsync(One.Name, query, None)).Select(row => row.Key);
}
