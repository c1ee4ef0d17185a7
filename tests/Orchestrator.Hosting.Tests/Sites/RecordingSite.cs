using System.Reflection;
using System.Text.Json;
using Orchestrator.Fabric;
using Orchestrator.Replication.Sites;
using Orchestrator.Replication.Source;

namespace Orchestrator.Hosting.Tests.Sites;

/// <summary>Answers every member of an interface of a site with a sample and records what it was called with.</summary>
public class RecordingSite : DispatchProxy
{
    private static readonly Guid Point = new("0198c0de-0000-7000-8000-000000000001");
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    internal string? Call { get; private set; }

    /// <summary>The term it was last called under.</summary>
    internal ControlTerm? Term { get; set; }

    internal Exception? Error { get; set; }

    internal bool AnswersNull { get; set; }

    internal static T Of<T>()
        where T : class => Create<T, RecordingSite>();

    internal static string Describe(MethodInfo method, object?[] arguments) =>
        $"{method.Name}({string.Join(", ", arguments.SkipLast(1).Select(argument => JsonSerializer.Serialize(argument)))})";

    internal static object? Sample(Type type, bool isNull) => type switch
    {
        _ when type == typeof(long) => 1L << 40,
        _ when type == typeof(IReadOnlyList<string>) => new[] { "ab12", "cd34" },
        _ when type == typeof(IReadOnlyList<byte[]>) => new[] { new byte[] { 1, 2, 255 } },
        _ when type == typeof(IReadOnlyList<DiskExport>) => Exports,
        _ when type == typeof(AttachedSource) => new AttachedSource(Exports),
        _ when type == typeof(ActivatedReplica) => new ActivatedReplica(Point, Exports),
        _ when type == typeof(EpochMark) => new EpochMark(3, 400, EpochKind.Final, Point, At),
        _ when isNull => null,
        _ when type == typeof(SourceStatus) => new SourceStatus(Exports, 3, true, new CaptureLoss("ORC2011", "full"),
            new ReplicationProgress(CopyMode.Resync, 2, true, false, 10, 5, 4, 3, 2, new ReplicationFault("ORC3001", "gone", true))),
        _ when type == typeof(ReplicaStatus) => new ReplicaStatus("Active", true, 9,
            [new ReplicaPointStatus(Point, 1, 2, EpochKind.CrashConsistent, At, At.AddSeconds(1))], Exports, [], ["/r"], null),
        _ when type == typeof(MachineInstance) => new MachineInstance(
            "web1", InstanceKind.Test, 3, Point, At, [new DiskAttachment(0, new Uri("nbd+unix:///web1/0?socket=/a%20b.sock"), 512)]),
        _ => throw new InvalidOperationException($"No sample of {type}."),
    };

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == "get_Name") return "hamburg";
        if (targetMethod.Name == nameof(IReplicationSite.Under))
        {
            Term = (ControlTerm)args![0]!;
            return this;
        }

        Call = Describe(targetMethod, args!);
        if (targetMethod.ReturnType == typeof(ValueTask)) return new ValueTask(Error is null ? Task.CompletedTask : Task.FromException(Error));
        var answer = targetMethod.ReturnType.GetGenericArguments()[0];
        return GetType().BaseType!.GetMethod("Answer", BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(answer).Invoke(this, []);
    }

    private static DiskExport[] Exports => [new DiskExport(0, "nbd+unix:///web1/0?socket=/x", 1 << 20, "/d")];

    private ValueTask<T> Answer<T>() => new(Error is null
        ? Task.FromResult((T)Sample(typeof(T), AnswersNull)!)
        : Task.FromException<T>(Error));
}
