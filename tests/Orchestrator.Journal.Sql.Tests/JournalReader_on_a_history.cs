using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Reading;
using Orchestrator.Journal.Sql.Sqlite;
using Orchestrator.Journal.Sql.Tests.Contract;

namespace Orchestrator.Journal.Sql.Tests;

public sealed class JournalReader_on_a_history : IAsyncLifetime
{
    private readonly JournalDirectory _directory = new();
    private readonly EventSource _a = new(1, "a");
    private readonly EventSource _b = new(1, "b");
    private SqliteJournal _journal = null!;
    private SqliteJournalImage _image = null!;

    public async ValueTask InitializeAsync()
    {
        _journal = await _directory.OpenAsync(2);
        await StoreAsync(0, [.. Minutes(0, 10, 5, 20).Select(at => _a.Next(1, at: at))]);
        await StoreAsync(1, [.. Minutes(0, 1, 2).Select(at => _b.Next(1, at: at))]);
        _image = SqliteJournalImage.Open(_directory.Database);
    }

    public async ValueTask DisposeAsync()
    {
        _image.Dispose();
        await _journal.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Shows_everything_shard_by_shard() =>
        (await ShowAsync(new JournalRange())).Should().Equal("0/1", "0/2", "0/3", "0/4", "1/1", "1/2", "1/3");

    [Fact]
    public async Task Shows_a_range_of_positions() =>
        (await ShowAsync(new JournalRange(FromPosition: 2, ToPosition: 3))).Should().Equal("0/2", "0/3", "1/2", "1/3");

    [Fact]
    public async Task Shows_one_shard() =>
        (await ShowAsync(new JournalRange(ShardId: 1))).Should().Equal("1/1", "1/2", "1/3");

    [Fact]
    public async Task Shows_one_entity()
    {
        (await ShowAsync(new JournalRange(Entity: _b.Id, FromPosition: 2))).Should().Equal("1/2", "1/3");
        (await ShowAsync(new JournalRange(Entity: _b.Id, ShardId: 0))).Should().BeEmpty();
    }

    [Fact]
    public async Task Stops_at_the_limit() => (await ShowAsync(new JournalRange(Limit: 5))).Should().Equal("0/1", "0/2", "0/3", "0/4", "1/1");

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    [InlineData(9, 1)]
    [InlineData(10, 3)]
    [InlineData(20, 4)]
    public async Task Gives_the_history_as_of_a_time_inclusive_and_without_holes(int minute, int expected)
    {
        var events = new List<JournalEvent>();
        await foreach (var stored in new JournalReader(_image).AsOfAsync(_a.Id, EventSource.Start.AddMinutes(minute)))
        {
            events.Add(stored);
        }

        events.Select(static e => e.SequenceNr).Should().Equal(Enumerable.Range(1, expected).Select(static i => (long)i));
    }

    [Fact]
    public async Task Refuses_to_build_on_a_damaged_event()
    {
        _image.Dispose();
        await _journal.DisposeAsync();
        _directory.Tamper("DROP TRIGGER journal_no_update; UPDATE journal SET payload = x'00' WHERE shard_id = 0 AND position = 2");
        _image = SqliteJournalImage.Open(_directory.Database);
        var read = async () => await new JournalReader(_image).AsOfAsync(_a.Id, DateTimeOffset.MaxValue).CountAsync();
        (await read.Should().ThrowAsync<JournalException>()).Which.Message.Should().Contain("position 2 of shard 0");
    }

    private static IEnumerable<DateTimeOffset> Minutes(params int[] minutes) =>
        minutes.Select(static m => EventSource.Start.AddMinutes(m));

    private async Task StoreAsync(int shard, JournalEvent[] events)
    {
        await _journal.AcquireAsync([shard], CancellationToken.None);
        await _journal.AppendAsync([new ShardAppend(shard, 1, 0, events, [])], CancellationToken.None);
    }

    private async Task<List<string>> ShowAsync(JournalRange range)
    {
        var rows = new List<string>();
        await foreach (var row in new JournalReader(_image).ShowAsync(range))
        {
            row.Event.Should().NotBeNull();
            rows.Add($"{row.ShardId}/{row.Position}");
        }

        return rows;
    }
}
