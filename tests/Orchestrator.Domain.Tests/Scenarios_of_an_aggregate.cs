using Orchestrator.Domain.Tests.Machines;
using Orchestrator.TestKit.Scenarios;
using static Orchestrator.Domain.Machines.ProtectedMachine;

namespace Orchestrator.Domain.Tests;

/// <summary>The test kit's Given/When/Then, by the machine's example: it passes what holds and tells what does not.</summary>
public sealed class Scenarios_of_an_aggregate
{
    private readonly Story _story = new();

    [Fact]
    public void A_history_leads_to_the_state_it_led_to()
    {
        _story.Protected();
        AggregateScenario.OfMachine().Given(_story.History).ThenState<State.Protected>(state => state.PointCount == 2);
    }

    [Fact]
    public void Exact_events_are_compared_by_value()
    {
        var enable = _story.EnableCommand();
        var started = (Event)((Decision.Accepted)Decide(Initial, enable)).Events[0];

        AggregateScenario.OfMachine().When(enable).Then(started).When(enable).ThenNothing();
        var other = ((Event.ProtectionEnablingStarted)started) with { Caller = "bob" };
        var wrong = () => AggregateScenario.OfMachine().When(enable).Then(other);
        wrong.Should().Throw<ScenarioFailedException>().WithMessage("*~ ProtectionEnablingStarted*Caller: expected bob, got ann*");
    }

    [Fact]
    public void A_refusal_where_events_were_expected_is_told_with_its_advice()
    {
        var cancel = new Command.Cancel(_story.NewOperation(), "ann", _story.Now);

        var wrong = () => AggregateScenario.OfMachine().When(cancel).ThenTypes(typeof(Event.CancelStarted));

        wrong.Should().Throw<ScenarioFailedException>().WithMessage($"*refused with {RefusalCodes.NotProtected}*");
    }

    [Fact]
    public void Events_where_a_refusal_was_expected_are_told()
    {
        var wrong = () => AggregateScenario.OfMachine().When(_story.EnableCommand()).ThenRefused(RefusalCodes.NotProtected);

        wrong.Should().Throw<ScenarioFailedException>().WithMessage("*is not refused with*+ ProtectionEnablingStarted*");
    }

    [Fact]
    public void What_is_given_must_be_accepted()
    {
        var wrong = () => AggregateScenario.OfMachine().Given(_ => new Command.Cancel(_story.NewOperation(), "ann", _story.Now));

        wrong.Should().Throw<ScenarioFailedException>().WithMessage("*is given as accepted*");
    }

    [Fact]
    public void Nothing_asked_yet_is_said() =>
        AggregateScenario.OfMachine().Invoking(scenario => scenario.ThenNothing()).Should().Throw<InvalidOperationException>();
}
