using Orchestrator.Domain.Machines;
using static Orchestrator.Domain.Machines.ProtectedMachine;

namespace Orchestrator.Domain.Tests.Machines;

/// <summary>Turns numbers into a machine's life: half of them push it on, the others ask for anything at all.</summary>
internal sealed class RandomLife
{
    private readonly Story _story = new();
    private readonly List<(long Activation, RecoveryPoint Point)> _points = [];

    public State State => _story.State;

    public IReadOnlyList<Event> History => _story.History;

    public Decision Last => _story.Last;

    public Story Story => _story;

    public Command Live(int number)
    {
        var command = number % 8 < 5 ? Push(number / 8) : Anything(number / 8);
        _story.When(command);
        return command;
    }

    private Command Push(int n) => NextStep(State) switch
    {
        { Started: false } due => new Command.BeginStep(due.Operation, due.Step, _story.Now),
        { Step: Step.DrainChanges } when n % 2 == 0 => Record(RecoveryPointKind.Final),
        { } due when n % 7 == 0 =>
            new Command.FailStep(due.Operation, due.Step, "ORC9999", "x", n % 2 == 0, _story.Now),
        { } due => new Command.CompleteStep(due.Operation, due.Step, "", _story.Now),
        null => PushSettled(n),
    };

    private Command PushSettled(int n) => State switch
    {
        State.Unprotected => _story.EnableCommand((ScenarioId)(n % 8)),
        State.InitialReplication => new Command.CompleteInitialReplication(_story.Activation, _story.Now),
        State.Protected { PointCount: < 3 } => Record(RecoveryPointKind.CrashConsistent),
        State.Protected =>
            new Command.FailOver(_story.NewOperation(), (FailoverKind)(1 + (n % 2)), null, "ann", _story.Now),
        State.FailedOver => new Command.Commit(_story.NewOperation(), "ann", _story.Now),
        State.Committed => new Command.ReverseReplicate(_story.NewOperation(), "ann", _story.Now),
        _ => new Command.Resume(_story.NewOperation(), "ann", _story.Now),
    };

    private Command Anything(int n)
    {
        var sample = Samples.Commands[n % Samples.Commands.Count];
        var command = sample.Make(_story);
        var (activation, old) = _points.Count == 0 ? default : _points[n % _points.Count];
        return command switch
        {
            Command.RecordPoint c when old is not null && n % 3 == 0 => c with { Activation = activation, Point = old },
            Command.RecordPoint c => Remember(c),
            Command.FailOver { Kind: FailoverKind.Unplanned } c => c with { Point = old?.Id },
            Command.ChangePoint c when old is not null => c with { Point = old.Id },
            Command.StartTestFailover c => c with { Point = old?.Id },
            Command.Enable c => c with { Scenario = (ScenarioId)(n % 8) },
            _ => command,
        };
    }

    private Command.RecordPoint Record(RecoveryPointKind kind) =>
        Remember(new Command.RecordPoint(_story.Activation, _story.NewPoint(kind), _story.Now));

    /// <summary>A point is reported again only under the activation it was first reported under: links err, they do not
    /// forge.</summary>
    private Command.RecordPoint Remember(Command.RecordPoint c)
    {
        if (_points.TrueForAll(report => report.Point.Id != c.Point.Id)) _points.Add((c.Activation, c.Point));
        return c;
    }
}
