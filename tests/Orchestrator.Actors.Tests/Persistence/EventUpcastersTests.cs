using System.Text;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Actors.Tests.Persistence;

public sealed class EventUpcastersTests
{
    private const short Newest = 3;

    [Fact]
    public void Goes_from_version_to_version_up_to_the_newest() =>
        Texts(new EventUpcasters(Suffix(1, 1), Suffix(1, 2)).Upcast(Of(1, 1, "a"))).Should().Equal("1.3 a12");

    [Fact]
    public void Starts_at_the_stored_version() =>
        Texts(new EventUpcasters(Suffix(1, 1), Suffix(1, 2)).Upcast(Of(1, 2, "a"))).Should().Equal("1.3 a2");

    [Fact]
    public void Leaves_the_newest_version_and_other_types_as_they_are()
    {
        var upcasters = new EventUpcasters(Suffix(1, 1), Suffix(1, 2));

        Texts(upcasters.Upcast(Of(1, Newest, "a"))).Should().Equal("1.3 a");
        Texts(upcasters.Upcast(Of(2, 1, "a"))).Should().Equal("2.1 a");
    }

    [Fact]
    public void One_event_becomes_several_in_order_and_each_goes_on()
    {
        var split = new EventUpcaster(1, 1, stored => [Of(1, 2, "left"), Of(2, 1, "right"), Of(1, 2, "end")]);

        Texts(new EventUpcasters(split, Suffix(1, 2), Suffix(2, 1)).Upcast(Of(1, 1, "a")))
            .Should().Equal("1.3 left2", "2.2 right1", "1.3 end2");
    }

    [Fact]
    public void An_event_that_no_longer_matters_becomes_none() =>
        new EventUpcasters(new EventUpcaster(1, 1, _ => [])).Upcast(Of(1, 1, "a")).Should().BeEmpty();

    [Fact]
    public void Refuses_two_upcasters_of_one_version() =>
        FluentActions.Invoking(() => new EventUpcasters(Suffix(1, 1), Suffix(1, 1))).Should().Throw<ArgumentException>().WithMessage("*type 1 version 1*");

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Refuses_an_upcaster_that_does_not_go_to_the_next_version(short to)
    {
        var upcasters = new EventUpcasters(new EventUpcaster(1, 1, stored => [stored with { TypeVersion = to }]));

        upcasters.Invoking(all => all.Upcast(Of(1, 1, "a"))).Should().Throw<InvalidOperationException>().WithMessage($"*version {to}*");
    }

    [Fact]
    public void Refuses_upcasters_that_go_round_in_a_circle()
    {
        var upcasters = new EventUpcasters(
            new EventUpcaster(1, 1, _ => [Of(2, 1, "")]), new EventUpcaster(2, 1, _ => [Of(1, 1, "")]));

        upcasters.Invoking(all => all.Upcast(Of(1, 1, ""))).Should().Throw<InvalidOperationException>().WithMessage("*circle*");
    }

    [Fact]
    public async Task Recovery_folds_what_the_stored_versions_stand_for_today()
    {
        await using var node = await LedgerNode.StartAsync();
        foreach (var operation in new[] { "one", "two", "three" }) await node.AddAsync("a", operation);

        // The product moves on: what was written so far is version 1; "two" was two entries, "three" has lost its meaning.
        node.Definition = node.Definition with { Events = new LedgerCodec(version: 2), Upcasters = new EventUpcasters(new EventUpcaster(1, 1, ToVersion2)) };
        await node.Kit.CrashAsync();
        await node.AddAsync("a", "four");

        (await node.ReadAsync("a")).Done.Should().Equal("one", "two-a", "two-b", "four");
        node.Kit.Journal.EventsOf(LedgerNode.Id("a")).Select(stored => stored.TypeVersion).Should().Equal([1, 1, 1, 2], "history is not rewritten");
    }

    [Fact]
    public async Task A_version_from_the_future_stops_recovery_and_is_named()
    {
        await using var node = await LedgerNode.StartAsync(change: definition => definition with { Events = new LedgerCodec(version: 2) });
        await node.AddAsync("a", "one");

        node.Definition = node.Definition with { Events = new LedgerCodec(), Upcasters = EventUpcasters.None };
        await node.Kit.CrashAsync();
        node.Region.Wake("a");
        await node.Kit.IdleAsync();

        var error = node.Kit.Events.OfType<KernelEvent.ActorFailed>().First().Error.Should().BeOfType<RecoveryException>().Subject;
        error.Code.Should().Be(ActorErrorCodes.UnknownEvent);
        error.Message.Should().Contain("type 1 version 2");
    }

    private static IReadOnlyList<EncodedEvent> ToVersion2(EncodedEvent stored)
    {
        var text = Encoding.UTF8.GetString(stored.Payload);
        return text switch
        {
            "two=1" => [Of(1, 2, "two-a=1"), Of(1, 2, "two-b=1")],
            "three=1" => [],
            _ => [stored with { TypeVersion = 2 }],
        };
    }

    private static EventUpcaster Suffix(int typeId, short from) =>
        new(typeId, from, stored => [Of(typeId, (short)(from + 1), $"{Encoding.UTF8.GetString(stored.Payload)}{from}")]);

    private static EncodedEvent Of(int typeId, short version, string text) => new(typeId, version, Encoding.UTF8.GetBytes(text));

    private static IEnumerable<string> Texts(IEnumerable<EncodedEvent> events) =>
        events.Select(one => $"{one.TypeId}.{one.TypeVersion} {Encoding.UTF8.GetString(one.Payload)}");
}
