using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

public abstract partial class JournalContract
{
    [Fact]
    public async Task Reads_an_entity_from_a_sequence_number_up_to_a_limit()
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, "a");
        await StoreAsync(grant, source.Next(grant.Epoch, 10));
        (await Journal.ReadEntityAsync(source.Id, 4, 3, None)).Select(static e => e.SequenceNr).Should().Equal(4, 5, 6);
        (await Journal.ReadEntityAsync(source.Id, 11, 3, None)).Should().BeEmpty();
        (await Journal.ReadEntityAsync(new PersistenceId(1, "unknown"), 1, 3, None)).Should().BeEmpty();
    }

    [Fact]
    public async Task Reads_a_shard_after_a_position_up_to_a_limit()
    {
        var grant = await AcquireAsync();
        await StoreAsync(grant, new EventSource(1, "a").Next(grant.Epoch, 10));
        (await Journal.ReadShardAsync(0, 4, 3, None)).Select(static e => e.Position).Should().Equal(5, 6, 7);
        (await Journal.ReadShardAsync(0, 10, 3, None)).Should().BeEmpty();
    }

    [Fact]
    public async Task Lists_entities_by_kind_and_ordinal_name()
    {
        var grants = await Journal.AcquireAsync([0, 1], None);
        // U+FF5E sorts before U+1F600 in UTF-8, behind its surrogates in UTF-16.
        string[] names = ["b", "B", "a", "ab", "\uFF5E", "\U0001F600"];
        foreach (var name in names)
        {
            grants = [await StoreAsync(grants[0], new EventSource(2, name).Next(grants[0].Epoch)), grants[1]];
        }

        await StoreAsync(grants[1], new EventSource(1, "z").Next(grants[1].Epoch));
        string[] sorted = [.. names.Order(StringComparer.Ordinal)];
        (await Journal.ListEntitiesAsync(2, None)).Select(static e => e.Name).Should().Equal(sorted);
        (await Journal.ListEntitiesAsync(null, None)).Select(static e => e.ToString())
            .Should().Equal(["1/z", .. sorted.Select(static n => $"2/{n}")]);
        (await Journal.ListEntitiesAsync(3, None)).Should().BeEmpty();
    }

    [Fact]
    public async Task Names_differ_by_case_and_kind()
    {
        var grant = await AcquireAsync();
        var sources = new[] { new EventSource(1, "a"), new EventSource(1, "A"), new EventSource(2, "a") };
        await StoreAsync(grant, [.. sources.Select(s => s.Next(grant.Epoch, s.Id.ToString()))]);
        foreach (var source in sources)
        {
            var stored = await Journal.ReadEntityAsync(source.Id, 1, 10, None);
            stored.Should().ContainSingle().Which.Id.Should().Be(source.Id);
        }
    }

    [Fact]
    public async Task Readers_beside_the_writer_see_whole_appends_in_order()
    {
        const int PerAppend = 7;
        const int Appends = 40;
        var grant = await AcquireAsync();
        using var ended = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => WatchAsync(PerAppend, ended.Token))).ToArray();
        var source = new EventSource(1, "a");
        for (var i = 0; i < Appends; i++)
        {
            grant = await StoreAsync(grant, source.Next(grant.Epoch, PerAppend));
            (await Journal.ReadShardAsync(0, grant.Head - 1, 10, None)).Should().ContainSingle("a reader sees what was acknowledged");
        }

        await ended.CancelAsync();
        (await Task.WhenAll(readers)).Should().AllSatisfy(static reads => reads.Should().BePositive());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Refuses_to_read_fewer_than_one(int limit)
    {
        var entity = async () => await Journal.ReadEntityAsync(new PersistenceId(1, "a"), 1, limit, None);
        var shard = async () => await Journal.ReadShardAsync(0, 0, limit, None);
        var reminders = async () => await Journal.ReadRemindersAsync([0], EventSource.Start, limit, None);
        await entity.Should().ThrowAsync<ArgumentException>();
        await shard.Should().ThrowAsync<ArgumentException>();
        await reminders.Should().ThrowAsync<ArgumentException>();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Shards)]
    public async Task Refuses_a_shard_it_does_not_have(int shard)
    {
        var read = async () => await Journal.ReadShardAsync(shard, 0, 1, None);
        var head = async () => await Journal.ReadShardHeadAsync(shard, None);
        var acquire = async () => await Journal.AcquireAsync([0, shard], None);
        var append = async () => await AppendAsync(new ShardGrant(shard, 1, 0), []);
        await read.Should().ThrowAsync<ArgumentException>();
        await head.Should().ThrowAsync<ArgumentException>();
        await acquire.Should().ThrowAsync<ArgumentException>();
        await append.Should().ThrowAsync<ArgumentException>();
        (await Journal.ReadShardHeadAsync(0, None)).Epoch.Should().Be(0, "a refused call does nothing");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(201)]
    public async Task Refuses_a_name_of_no_or_too_many_characters(int length)
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, new string('n', length));
        var append = async () => await AppendAsync(grant, source.Next(grant.Epoch, 1));
        await append.Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Accepts_the_longest_name()
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, new string('\u00e9', 200));
        await StoreAsync(grant, source.Next(grant.Epoch));
        (await Journal.ListEntitiesAsync(1, None)).Should().Equal(source.Id);
    }

    private async Task<int> WatchAsync(int perAppend, CancellationToken ended)
    {
        var reads = 0;
        var seen = 0;
        do
        {
            var events = await ReadAsync();
            (events.Count % perAppend).Should().Be(0, "an append is seen whole or not at all");
            events.Select(static e => e.Position).Should().Equal(Enumerable.Range(1, events.Count).Select(static p => (long)p));
            events.Count.Should().BeGreaterThanOrEqualTo(seen, "what was seen stays");
            seen = events.Count;
            reads++;
        }
        while (!ended.IsCancellationRequested);
        return reads;
    }
}
