using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Control.Machines;
using Orchestrator.Domain;
using Orchestrator.Domain.Machines;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Codecs;

/// <summary>Random events, states and messages of every type, built through the parameters of their constructors.</summary>
internal static class RandomEvents
{
    public static Gen<Event> All { get; } =
        from type in Gen.Elements(EventSamples.EventTypes.ToArray())
        from value in Record(type)
        select (Event)value!;

    public static Gen<State> States { get; } = Of(typeof(State)).Select(value => (State)value!);

    public static Gen<ProtectedMachine.Command> Commands { get; } =
        Of(typeof(ProtectedMachine.Command)).Select(value => (ProtectedMachine.Command)value!);

    public static Gen<MachineReply> Replies { get; } = Of(typeof(MachineReply)).Select(value => (MachineReply)value!);

    private static Gen<string> Texts => Gen.Elements("", "a", "ß", "🙂", "\0", "two\nlines", new string('x', 300));

    private static Gen<long> Numbers =>
        from power in Gen.Choose(0, 63)
        from near in Gen.Choose(-2, 2)
        select unchecked((1L << power) + near);

    private static Gen<string> Labels =>
        from length in Gen.Choose(1, 63)
        from c in Gen.Elements('a', 'z', '0', '9', '-')
        select new string(c, length);

    private static Gen<DateTimeOffset> Instants =>
        from ticks in Gen.Elements(0, 1, DateTimeOffset.UnixEpoch.Ticks - 1, DateTimeOffset.UnixEpoch.Ticks, DateTime.MaxValue.Ticks)
        from seconds in Gen.Choose(0, int.MaxValue)
        from fraction in Gen.Choose(0, 9_999_999)
        from random in Gen.Elements(true, false)
        select random ? DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddTicks(fraction) : new DateTimeOffset(ticks, TimeSpan.Zero);

    private static Gen<object?> Of(Type type) => type switch
    {
        _ when type == typeof(string) => Texts.Select(value => (object?)value),
        _ when type == typeof(bool) => Gen.Elements(true, false).Select(value => (object?)value),
        _ when type == typeof(int) => ArbMap.Default.GeneratorFor<int>().Select(value => (object?)value),
        _ when type == typeof(long) => Numbers.Select(value => (object?)value),
        _ when type == typeof(Guid) => ArbMap.Default.GeneratorFor<Guid>().Select(value => (object?)value),
        _ when type == typeof(TimeSpan) => Numbers.Select(value => (object?)new TimeSpan(value)),
        _ when type == typeof(DateTimeOffset) => Instants.Select(value => (object?)value),
        _ when type == typeof(MachineId) => Labels.Select(value => (object?)new MachineId(value)),
        _ when type == typeof(SiteName) => Labels.Select(value => (object?)new SiteName(value)),
        _ when type == typeof(StepList) => ListOf<Step>().Select(items => (object?)StepList.Create(items)),
        _ when type == typeof(DiskList) => ListOf<DiskSpec>().Select(items => (object?)DiskList.Create(items)),
        _ when type == typeof(PointIdList) => ListOf<RecoveryPointId>().Select(items => (object?)PointIdList.Create(items)),
        _ when type == typeof(PointList) => ListOf<RecoveryPoint>().Select(items => (object?)PointList.Create(items)),
        { IsAbstract: true } => Gen.Elements(Cases(type)).SelectMany(Of),
        _ when type.IsSubclassOf(typeof(State)) => Record(type).SelectMany(WithOperations),
        _ when type == typeof(StepFailure) => Gen.OneOf(Gen.Constant<object?>(null), Record(type)),
        _ when Nullable.GetUnderlyingType(type) is { } inner => Gen.OneOf(Gen.Constant<object?>(null), Of(inner)),
        { IsEnum: true } => Gen.Elements(Enum.GetValues(type).Cast<object?>().ToArray()),
        _ => Record(type),
    };

    private static Type[] Cases(Type family) =>
        [.. family.Assembly.GetTypes().Where(type => type.IsSubclassOf(family) && !type.IsAbstract).OrderBy(type => type.Name)];

    private static Gen<object?> WithOperations(object? state) =>
        ListOf<AcceptedOperation>().Select(items => (object?)((State)state! with { Operations = RecentOperations.Create(items) }));

    private static Gen<T[]> ListOf<T>() =>
        from count in Gen.Choose(0, 20)
        from items in Gen.ArrayOf(Of(typeof(T)), count)
        select items.Cast<T>().ToArray();

    private static Gen<object?> Record(Type type)
    {
        var constructor = type.GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)!;
        var arguments = constructor.GetParameters().Aggregate(
            Gen.Constant<object?[]>([]),
            (all, parameter) => from some in all from next in Of(parameter.ParameterType) select (object?[])[.. some, next]);
        return arguments.Select(values => (object?)constructor.Invoke(values));
    }
}
