namespace Orchestrator.Journal.Sql.Tests.Contract;

public abstract partial class JournalContract
{
    [Fact]
    public async Task A_snapshot_comes_back_as_it_was_saved()
    {
        var source = await WithSnapshotsAsync(1);
        var snapshot = (await Journal.LoadSnapshotAsync(source.Id, long.MaxValue, None))!;
        snapshot.Should().BeEquivalentTo(source.Snapshot("state 1"));
    }

    [Fact]
    public async Task The_newest_snapshot_up_to_a_sequence_number_is_loaded()
    {
        var source = await WithSnapshotsAsync(2);
        (await Journal.LoadSnapshotAsync(source.Id, 1, None))!.SequenceNr.Should().Be(1);
        (await Journal.LoadSnapshotAsync(source.Id, 2, None))!.SequenceNr.Should().Be(2);
        (await Journal.LoadSnapshotAsync(source.Id, 0, None)).Should().BeNull();
    }

    [Fact]
    public async Task The_newest_two_snapshots_are_kept()
    {
        var source = await WithSnapshotsAsync(4);
        (await Journal.LoadSnapshotAsync(source.Id, 4, None))!.SequenceNr.Should().Be(4);
        (await Journal.LoadSnapshotAsync(source.Id, 3, None))!.SequenceNr.Should().Be(3);
        (await Journal.LoadSnapshotAsync(source.Id, 2, None)).Should().BeNull();
    }

    [Fact]
    public async Task A_snapshot_at_the_same_event_replaces_the_one_before()
    {
        var source = await WithSnapshotsAsync(1);
        await Journal.SaveSnapshotAsync(source.Snapshot("again") with { Schema = 2 }, None);
        var snapshot = (await Journal.LoadSnapshotAsync(source.Id, 1, None))!;
        snapshot.Schema.Should().Be(2);
        snapshot.Payload.Should().Equal("again"u8.ToArray());
    }

    [Fact]
    public async Task Snapshots_of_other_entities_are_not_touched()
    {
        var other = await WithSnapshotsAsync(2);
        var grant = await AcquireAsync(1);
        var source = new EventSource(1, "second");
        await StoreAsync(grant, source.Next(grant.Epoch));
        await Journal.SaveSnapshotAsync(source.Snapshot("state"), None);
        (await Journal.LoadSnapshotAsync(other.Id, 1, None))!.SequenceNr.Should().Be(1);
        (await Journal.LoadSnapshotAsync(source.Id, 9, None))!.Id.Should().Be(source.Id);
    }

    private async Task<EventSource> WithSnapshotsAsync(int count)
    {
        var grant = await AcquireAsync();
        var source = new EventSource(1, "snapshot");
        for (var i = 1; i <= count; i++)
        {
            grant = await StoreAsync(grant, source.Next(grant.Epoch));
            await Journal.SaveSnapshotAsync(source.Snapshot($"state {i}"), None);
        }

        return source;
    }
}
