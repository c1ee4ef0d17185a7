using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Supervision;
using Definition = Orchestrator.Actors.Sharding.EntityDefinition<
    Orchestrator.Actors.Tests.LedgerState, Orchestrator.Actors.Tests.LedgerCommand, Orchestrator.Actors.Tests.Added>;

namespace Orchestrator.Actors.Tests.Supervision;

public sealed class Entities_in_quarantine
{
    private static readonly PersistenceId A = LedgerNode.Id("a");

    [Fact]
    public async Task Are_listed_with_what_is_wrong_and_refuse_commands_with_the_reason()
    {
        await using var node = await WithBadEventAsync();
        var entity = node.Kit.System.Quarantined.Should().ContainSingle().Which;
        (entity.Id, entity.Code, entity.SequenceNr).Should().Be((A, ActorErrorCodes.ReplayFailed, 2L));
        entity.CanSkip.Should().BeTrue();
        node.Region.Quarantined.Should().Equal(entity);

        var refused = await FluentActions.Awaiting(() => node.ReadAsync("a")).Should().ThrowAsync<AskException>();
        refused.Which.Reason.Should().Be(AskFailure.Unavailable);
        refused.Which.Message.Should().Contain("quarantined").And.Contain(ActorErrorCodes.ReplayFailed).And.Contain("event 2");
        node.Kit.Events.OfType<KernelEvent.EntityQuarantined>().Should().ContainSingle();
        (await node.AddAsync("other", "one")).Should().Be(1);
    }

    [Fact]
    public async Task Show_the_event_they_fail_at()
    {
        await using var node = await WithBadEventAsync();
        var failing = (await node.Kit.RunAsync(() => node.Region.ReadFailingEventAsync("a")))!;
        failing.SequenceNr.Should().Be(2);
        failing.Payload.Should().Equal("bad"u8.ToArray());
        var none = () => node.Kit.RunAsync(() => node.Region.ReadFailingEventAsync("other"));
        await none.Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task Go_on_without_the_event_once_an_operator_has_passed_over_it()
    {
        await using var node = await WithBadEventAsync();
        await SkipAsync(node);
        (await node.ReadAsync("a")).Done.Should().Equal("one", "three");
        (await node.AddAsync("a", "four")).Should().Be(3);
        node.Kit.System.Quarantined.Should().BeEmpty();

        await node.Kit.CrashAsync();
        (await node.ReadAsync("a")).Done.Should().Equal("one", "three", "four");
        node.Kit.Events.OfType<KernelEvent.EntityQuarantined>().Should().ContainSingle("it stays passed over");
    }

    [Fact]
    public async Task Keep_the_decision_on_record_within_the_hash_chain()
    {
        await using var node = await WithBadEventAsync();
        await SkipAsync(node);
        var history = node.Kit.Journal.EventsOf(A);
        var record = SkipRecord.Decode(history[3]);
        (record.SequenceNr, record.Reason, record.By).Should().Be((2L, "a bad sector, ticket 4711", "alice"));
        record.EventHash.Should().Equal(history[1].Hash);
        HashChain.Follows(history[2].Hash, history[3]).Should().BeTrue();
        node.Kit.Events.OfType<KernelEvent.EventSkipped>().Should().ContainSingle();
    }

    [Fact]
    public async Task Do_not_take_the_event_back_in_when_it_can_be_read_again()
    {
        await using var node = await WithBadEventAsync();
        await SkipAsync(node);
        await node.AddAsync("a", "four");
        node.Definition = node.Definition with { Events = new ForgivingCodec() };
        await node.Kit.CrashAsync();
        (await node.ReadAsync("a")).Done.Should().Equal(["one", "three", "four"], "what follows was decided without it");
    }

    [Fact]
    public async Task Do_not_start_from_a_snapshot_that_contains_the_event()
    {
        await using var node = await StartAsync(definition => definition with { Snapshots = new LedgerSnapshots(), SnapshotEvery = 1 });
        await node.Kit.IdleAsync();
        var original = node.Definition;
        node.Definition = original with { Snapshots = null, Events = new PickyCodec("two") };
        await node.Kit.CrashAsync();
        node.Region.Wake("a");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        await SkipAsync(node);

        node.Definition = original;
        await node.Kit.CrashAsync();
        (await node.ReadAsync("a")).Done.Should().Equal("one", "three");
        (await node.AddAsync("a", "four")).Should().Be(3);
        await node.Kit.IdleAsync();
        await node.Kit.CrashAsync();
        (await node.ReadAsync("a")).Done.Should().Equal("one", "three", "four");
    }

    [Fact]
    public async Task Let_only_the_event_they_fail_at_be_passed_over_and_with_a_reason()
    {
        await using var node = await WithBadEventAsync();
        await Refused<InvalidOperationException>(node, "a", 1, "because");
        await Refused<InvalidOperationException>(node, "other", 1, "because");
        await Refused<ArgumentException>(node, "a", 2, " ");
        node.Kit.Journal.EventsOf(A).Should().HaveCount(3);
    }

    [Fact]
    public async Task Whose_history_was_altered_cannot_be_helped_by_passing_over()
    {
        await using var node = await WithBadEventAsync(stored => stored with { Hash = new byte[32] });
        node.Region.Quarantined.Should().ContainSingle().Which.CanSkip.Should().BeFalse();
        await Refused<InvalidOperationException>(node, "a", 2, "because");
    }

    [Fact]
    public async Task Need_the_same_failure_at_the_same_event_to_get_there()
    {
        await using var node = await StartAsync();
        var original = await BreakAsync(node, Bad(node));
        await node.Kit.CrashAsync();
        node.Region.Wake("a");
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(1.5));
        node.Kit.Journal.Tamper(A, 2, _ => original with { Hash = new byte[32] });
        await node.Kit.AdvanceAsync(TimeSpan.FromSeconds(5));
        node.Region.Quarantined.Should().BeEmpty("it has failed twice in one way and twice in another");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        node.Region.Quarantined.Should().ContainSingle().Which.Code.Should().Be(ActorErrorCodes.HistoryAltered);
    }

    [Fact]
    public async Task Are_found_again_after_a_restart_without_a_herd()
    {
        await using var node = await WithBadEventAsync();
        await node.Kit.CrashAsync();
        node.Region.Quarantined.Should().BeEmpty("nothing has touched the entity yet");
        var failures = node.Kit.Events.OfType<KernelEvent.ActorFailed>().Count();
        node.Region.Wake("a");
        await node.Kit.AdvanceAsync(TimeSpan.FromHours(1));
        node.Region.Quarantined.Should().ContainSingle();
        node.Kit.Events.OfType<KernelEvent.ActorFailed>().Should().HaveCount(failures + 3);
    }

    private static async Task<LedgerNode> StartAsync(Func<Definition, Definition>? change = null)
    {
        var node = await LedgerNode.StartAsync(change: definition => (change?.Invoke(definition) ?? definition) with
        {
            QuarantineAfter = 3, Restart = new RestartPolicy { MinBackoff = TimeSpan.FromSeconds(1), Jitter = 0 },
        });
        foreach (var operation in new[] { "one", "two", "three" })
            await node.AddAsync("a", operation);

        return node;
    }

    /// <summary>A history of three events whose second cannot be read, and an entity that has failed over it.</summary>
    private static async Task<LedgerNode> WithBadEventAsync(Func<JournalEvent, JournalEvent>? damage = null)
    {
        var node = await StartAsync();
        await BreakAsync(node, damage ?? Bad(node));
        await node.Kit.CrashAsync();
        node.Region.Wake("a");
        await node.Kit.AdvanceAsync(TimeSpan.FromMinutes(1));
        return node;
    }

    private static async Task<JournalEvent> BreakAsync(LedgerNode node, Func<JournalEvent, JournalEvent> damage)
    {
        await node.Kit.IdleAsync();
        var original = node.Kit.Journal.EventsOf(A)[1];
        node.Kit.Journal.Tamper(A, 2, damage);
        var (second, third) = (node.Kit.Journal.EventsOf(A)[1], node.Kit.Journal.EventsOf(A)[2]);
        node.Kit.Journal.Tamper(A, 3, _ => Sealed(second.Hash, third));
        return original;
    }

    private static Func<JournalEvent, JournalEvent> Bad(LedgerNode node) => stored =>
        Sealed(node.Kit.Journal.EventsOf(A)[0].Hash, stored with { Payload = "bad"u8.ToArray(), PayloadHash = HashChain.HashPayload("bad"u8) });

    private static JournalEvent Sealed(byte[] previous, JournalEvent stored) => stored with
    {
        Hash = HashChain.Next(previous, A, stored.SequenceNr, stored.Epoch, stored.TypeId, stored.TypeVersion, stored.At, stored.Meta, stored.PayloadHash),
    };

    private static Task SkipAsync(LedgerNode node) => node.Kit.RunAsync(() => node.Region.SkipAsync("a", 2, "a bad sector, ticket 4711", "alice"));

    private static async Task Refused<TError>(LedgerNode node, string name, long sequenceNr, string reason)
        where TError : Exception
    {
        var skip = () => node.Kit.RunAsync(() => node.Region.SkipAsync(name, sequenceNr, reason, "alice"));
        await skip.Should().ThrowAsync<TError>();
    }

    private sealed class PickyCodec(string hated) : IEventCodec<Added>
    {
        private readonly LedgerCodec _codec = new();

        public EncodedEvent Encode(Added @event) => _codec.Encode(@event);

        public Added Decode(int typeId, short typeVersion, byte[]? payload) =>
            _codec.Decode(typeId, typeVersion, payload) is var read && read.Operation != hated ? read : throw new FormatException("cannot read it");
    }

    private sealed class ForgivingCodec : IEventCodec<Added>
    {
        private readonly LedgerCodec _codec = new();

        public EncodedEvent Encode(Added @event) => _codec.Encode(@event);

        public Added Decode(int typeId, short typeVersion, byte[]? payload) =>
            payload!.AsSpan().SequenceEqual("bad"u8) ? new Added("bad", 100) : _codec.Decode(typeId, typeVersion, payload);
    }
}
