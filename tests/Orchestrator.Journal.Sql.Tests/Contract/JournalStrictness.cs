using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

/// <summary>What the stores of this product do beyond the contract: they refuse what does not fit, and say so.</summary>
public abstract class JournalStrictness : IAsyncLifetime
{
    private readonly EventSource _source = new(1, "a");
    private IJournal _journal = null!;
    private ShardGrant _grant = null!;

    protected static CancellationToken None => CancellationToken.None;

    protected IJournal Journal => _journal;

    protected EventSource Source => _source;

    protected ShardGrant Grant => _grant;

    /// <summary>Opens the store of this test: makes it the first time, opens the same one later.</summary>
    protected abstract Task<IJournal> OpenAsync();

    public async ValueTask InitializeAsync()
    {
        _journal = await OpenAsync();
        _grant = (await _journal.AcquireAsync([0], None)).Single();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task ReopenAsync(Func<Task> meanwhile)
    {
        await _journal.DisposeAsync();
        await meanwhile();
        _journal = await OpenAsync();
    }

    [Fact]
    public async Task Refuses_an_event_whose_hash_does_not_follow()
    {
        await StoreAsync(_source.Next(_grant.Epoch));
        var other = new EventSource(1, "a");
        other.Next(_grant.Epoch, "another first event");
        await RefusedAsync(other.Next(_grant.Epoch), JournalErrorCodes.BrokenHistory);
        await StoreAsync(_source.Next(_grant.Epoch));
    }

    [Fact]
    public async Task Refuses_an_entity_in_a_second_shard()
    {
        await StoreAsync(_source.Next(_grant.Epoch));
        _grant = (await _journal.AcquireAsync([1], None)).Single();
        await RefusedAsync(_source.Next(_grant.Epoch), JournalErrorCodes.BrokenHistory);
    }

    [Fact]
    public async Task Refuses_a_payload_that_is_not_the_hashed_one()
    {
        var append = async () => await StoreAsync(_source.Next(_grant.Epoch) with { Payload = [1] });
        await append.Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Refuses_an_event_of_another_epoch_than_its_append()
    {
        var append = async () => await StoreAsync(_source.Next(_grant.Epoch + 1));
        await append.Should().ThrowAsync<ArgumentException>();
    }

    // Characters as numbers: an attribute is kept as UTF-8 and would repair them.
    [Theory]
    [InlineData(0x0000)]
    [InlineData(0xD83D)]
    [InlineData(0xDE00)]
    public async Task Refuses_a_name_it_could_not_keep_exactly(int character)
    {
        foreach (var name in new[] { $"{(char)character}b", $"a{(char)character}b", $"a{(char)character}" })
        {
            var append = async () => await StoreAsync(new EventSource(1, name).Next(_grant.Epoch));
            await append.Should().ThrowAsync<ArgumentException>();
        }
    }

    [Fact]
    public async Task Refuses_metadata_and_payloads_beyond_the_limits()
    {
        var meta = async () => await StoreAsync(_source.Next(_grant.Epoch) with { Meta = new byte[JournalLimits.MaxMetaBytes + 1] });
        var payload = async () => await StoreAsync(new EventSource(1, "b").Next(_grant.Epoch, new string('x', JournalLimits.MaxPayloadBytes + 1)));
        await meta.Should().ThrowAsync<ArgumentException>();
        await payload.Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Stores_a_shredded_event_that_is_copied_here()
    {
        await StoreAsync(_source.Next(_grant.Epoch) with { Payload = null });
        (await _journal.ReadEntityAsync(_source.Id, 1, 1, None)).Single().Payload.Should().BeNull();
    }

    [Fact]
    public async Task Refuses_a_snapshot_of_another_history()
    {
        await StoreAsync(_source.Next(_grant.Epoch));
        var foreign = _source.Snapshot("state") with { EventHash = new byte[32] };
        var ahead = _source.Snapshot("state") with { SequenceNr = 2 };
        var unknown = new EventSource(9, "unknown").Snapshot("state") with { SequenceNr = 1 };
        foreach (var snapshot in new[] { foreign, ahead, unknown })
        {
            var save = async () => await _journal.SaveSnapshotAsync(snapshot, None);
            (await save.Should().ThrowAsync<JournalException>()).Which.Code.Should().Be(JournalErrorCodes.ForeignSnapshot);
        }
    }

    [Fact]
    public async Task Serves_concurrent_appends_one_after_the_other()
    {
        var grants = await _journal.AcquireAsync([0, 1, 2, 3], None);
        await Task.WhenAll(grants.Select(grant => Task.Run(async () =>
        {
            var source = new EventSource(1, $"e{grant.ShardId}");
            for (var head = 0; head < 100; head += 2)
            {
                var outcomes = await _journal.AppendAsync(
                    [new ShardAppend(grant.ShardId, grant.Epoch, head, source.Next(grant.Epoch, 2), [])], None);
                outcomes.Should().Equal(AppendOutcome.Stored);
            }
        })));
        for (var shard = 0; shard < 4; shard++)
        {
            (await _journal.ReadShardHeadAsync(shard, None)).Head.Should().Be(100);
        }
    }

    [Fact]
    public async Task Refuses_work_after_it_was_closed()
    {
        await _journal.DisposeAsync();
        var append = async () => await StoreAsync(_source.Next(_grant.Epoch));
        var read = async () => await _journal.ReadShardAsync(0, 0, 1, None);
        await append.Should().ThrowAsync<ObjectDisposedException>();
        await read.Should().ThrowAsync<ObjectDisposedException>();
    }

    protected async Task StoreAsync(params JournalEvent[] events)
    {
        var append = new ShardAppend(_grant.ShardId, _grant.Epoch, _grant.Head, events, []);
        (await _journal.AppendAsync([append], None)).Should().Equal(AppendOutcome.Stored);
        _grant = _grant with { Head = _grant.Head + events.Length };
    }

    /// <summary>Stores two events with a snapshot at each.</summary>
    protected async Task StoreTwoSnapshotsAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            await StoreAsync(_source.Next(_grant.Epoch));
            await _journal.SaveSnapshotAsync(_source.Snapshot($"state {i}"), None);
        }
    }

    private async Task RefusedAsync(JournalEvent wrong, string code)
    {
        var append = async () => await StoreAsync(wrong);
        var error = (await append.Should().ThrowAsync<JournalException>()).Which;
        (error.Code, error.IsTransient, error.OutcomeUnknown).Should().Be((code, false, false));
    }
}
