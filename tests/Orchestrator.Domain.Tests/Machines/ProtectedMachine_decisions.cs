using System.Reflection;
using System.Text;
using static Orchestrator.Domain.Machines.ProtectedMachine;

namespace Orchestrator.Domain.Tests.Machines;

public sealed class ProtectedMachine_decisions
{
    [Fact]
    public void Every_state_is_sampled() =>
        Samples.Stories.Select(sample => sample.Make().State.GetType()).Distinct()
            .Should().BeEquivalentTo(CasesOf(typeof(State)));

    [Fact]
    public void Every_command_is_sampled() =>
        Samples.Commands.Select(sample => sample.Make(new Story()).GetType()).Distinct()
            .Should().BeEquivalentTo(CasesOf(typeof(Command)));

    [Fact]
    public void A_sample_is_in_the_state_it_is_named_after() =>
        Samples.Stories.Select(sample => sample.Name.Split([' ', ','])[0])
            .Should().Equal(Samples.Stories.Select(sample => sample.Make().State.GetType().Name));

    [Theory]
    [InlineData(typeof(State))]
    [InlineData(typeof(Command))]
    [InlineData(typeof(Event))]
    public void The_families_are_closed(Type family) =>
        family.Assembly.GetTypes().Where(type => type.IsSubclassOf(family)).Should().OnlyContain(
            type => type.DeclaringType == family && (type.IsSealed || type.IsAbstract));

    [Fact]
    public void Are_those_of_the_approved_table()
    {
        var table = new StringBuilder();
        foreach (var state in Samples.Stories)
        {
            table.Append(state.Name).Append('\n');
            foreach (var command in Samples.Commands)
                table.Append($"  {command.Name} -> {Outcome(state.Make().When(command.Make))}\n");
        }

        Approval.Verify("ProtectedMachine.decisions", table.ToString());
    }

    [Fact]
    public void Make_the_approved_diagram() => Approval.Verify("ProtectedMachine.states", Diagram());

    [Fact]
    public void Refusals_say_what_to_do()
    {
        var refusals = Samples.Stories
            .SelectMany(state => Samples.Commands, (state, command) => state.Make().When(command.Make).Last)
            .OfType<Decision.Refused>().Select(refused => refused.Refusal).ToList();

        refusals.Should().NotBeEmpty().And.OnlyContain(refusal =>
            refusal.Code.StartsWith("ORC50", StringComparison.Ordinal)
            && refusal.Message.EndsWith('.') && refusal.Advice.EndsWith('.') && !refusal.Message.Contains(
                "..", StringComparison.Ordinal));
    }

    private static string Diagram()
    {
        var moves = from state in Samples.Stories
                    from command in Samples.Commands
                    let story = state.Make()
                    let before = story.State.GetType().Name
                    let after = story.When(command.Make).State.GetType().Name
                    where before != after
                    select $"    {before} --> {after}: {Label(story, command.Name)}\n";
        return "stateDiagram-v2\n    [*] --> Unprotected\n" + string.Concat(
            moves.Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>The fact that made the move.</summary>
    private static string Label(Story story, string command) =>
        ((Decision.Accepted)story.Last).Events is { Count: > 0 } events
            ? string.Join(
                " + ", events.Where(fact => fact is not (Event.StepCompleted or Event.StepSkipped)).Select(
                    fact => fact.GetType().Name))
            : command;

    private static string Outcome(Story story) => story.Last switch
    {
        Decision.Refused refused => $"refused {refused.Refusal.Code}",
        Decision.Accepted { Events.Count: 0 } => "(nothing)",
        Decision.Accepted accepted => string.Join(" + ", accepted.Events.Select(fact => fact.GetType().Name)),
        _ => throw new InvalidOperationException(),
    };

    private static IEnumerable<Type> CasesOf(Type family) =>
        family.GetNestedTypes(BindingFlags.Public).Where(type => type.IsSubclassOf(family) && !type.IsAbstract);
}
