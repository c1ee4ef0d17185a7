using Orchestrator.Actors.Sharding;
using Orchestrator.TestKit;
using Orchestrator.TestKit.Scenarios;

namespace Orchestrator.Actors.Tests.TestKit;

public sealed class EntityScenarioTests : IAsyncDisposable
{
    private readonly EntityScenario<LedgerState, LedgerCommand, Added> _ledger = new(new EntityDefinition<LedgerState, LedgerCommand, Added>
    {
        Kind = LedgerNode.Kind, KindName = "ledger", Create = _ => new Ledger(new LedgerLog()), Events = new LedgerCodec(),
    });

    [Fact]
    public void A_history_is_given_and_commands_are_answered() => _ledger
        .Given(new Added("one", 1), new Added("two", 2))
        .When(new LedgerCommand.Add("three", 3)).Then(new Added("three", 3)).ThenReplies(6)
        .When(new LedgerCommand.Add("three", 3)).ThenNothing().ThenReplies(6)
        .When(new LedgerCommand.Read()).ThenReplies<LedgerState>(state => state.Done.Count == 3);

    [Fact]
    public void A_reminder_survives_a_crash_and_fires_once()
    {
        var due = _ledger.Now.AddHours(1);
        _ledger.When(new LedgerCommand.Remind("tea", due, 5)).ThenNothing().ThenReplies("set").ThenReminds("tea", due)
            .AfterCrash(TimeSpan.FromMinutes(10)).ThenReminds("tea", due)
            .After(TimeSpan.FromHours(1)).Then(new Added("tea#5", 1)).ThenHasNoReminder("tea");
    }

    [Fact]
    public void A_failure_is_an_answer_too()
    {
        _ledger.When(new LedgerCommand.Read());
        _ledger.Kit.Journal.FailNext(JournalFault.Permanent);
        _ledger.When(new LedgerCommand.Add("one", 1)).ThenNothing().ThenFails(ActorErrorCodes.NotConfirmed);
    }

    [Fact]
    public void What_was_expected_and_what_came_is_told()
    {
        _ledger.When(new LedgerCommand.Add("one", 1));

        _ledger.Invoking(ledger => ledger.Then(new Added("one", 2)))
            .Should().Throw<ScenarioFailedException>().WithMessage("*stores other events*~ Added*Amount: expected 2, got 1*");
        _ledger.Invoking(ledger => ledger.Then(new Added("one", 1), new Added("two", 1)))
            .Should().Throw<ScenarioFailedException>().WithMessage("*- Added { Operation = two, Amount = 1 }*");
    }

    [Fact]
    public void Another_answer_or_reminder_is_told()
    {
        var due = _ledger.Now.AddHours(1);
        _ledger.When(new LedgerCommand.Remind("tea", due, 5));
        _ledger.Invoking(ledger => ledger.ThenReplies("gone")).Should().Throw<ScenarioFailedException>().WithMessage("*- gone*+ set*");
        _ledger.Invoking(ledger => ledger.ThenReminds("milk", due)).Should().Throw<ScenarioFailedException>().WithMessage("*- milk*+ tea*");
        _ledger.Invoking(ledger => ledger.ThenHasNoReminder("tea")).Should().Throw<ScenarioFailedException>().WithMessage("*tea*");
        _ledger.Invoking(ledger => ledger.ThenFails("ORC4000")).Should().Throw<ScenarioFailedException>().WithMessage("*does not fail with ORC4000*set*");
        _ledger.Invoking(ledger => ledger.Given(new Added("late", 1))).Should().Throw<InvalidOperationException>();
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();
}
