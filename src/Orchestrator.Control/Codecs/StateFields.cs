using System.Diagnostics;
using System.Runtime.InteropServices;
using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;

namespace Orchestrator.Control.Codecs;

/// <summary>How the parts of a machine's state are stored in a snapshot; the rules are those of <see cref="MachineSnapshotCodec"/>.</summary>
internal static class StateFields
{
    private const int None = 0;
    private const int Normal = 1;
    private const int Retrying = 2;
    private const int Recovering = 3;
    private const int Stopped = 4;
    private const int Marked = 1;
    private const int Comparing = 2;
    private const int Starting = 1;
    private const int Running = 2;
    private const int CleaningUp = 3;

    public static void WriteOperations(this ref MessagePackWriter writer, RecentOperations operations) =>
        writer.WriteList(operations, static (ref w, operation) =>
        {
            w.BeginContract(2);
            w.WriteOperation(operation.Id);
            w.WriteEnum(operation.Operation);
            w.EndContract();
        });

    public static RecentOperations ReadOperations(this ref MessagePackReader reader) =>
        RecentOperations.Create(CollectionsMarshal.AsSpan(reader.ReadList(static (ref r) =>
        {
            r.BeginContract();
            var operation = new AcceptedOperation(r.ReadOperation(), r.ReadEnum<MachineOperation>());
            r.EndContract();
            return operation;
        })));

    public static PointList ReadPoints(this ref MessagePackReader reader) =>
        PointList.Create(CollectionsMarshal.AsSpan(reader.ReadList(static (ref r) => r.ReadPoint())));

    public static void WriteWorkflow(this ref MessagePackWriter writer, Workflow workflow)
    {
        writer.BeginContract(7);
        writer.WriteOperation(workflow.Operation);
        writer.WriteEnum(workflow.Kind);
        writer.WriteSteps(workflow.Steps);
        writer.Write(workflow.Next);
        writer.Write(workflow.Started);
        writer.WriteNullable(workflow.Failure, WriteFailure);
        writer.Write(workflow.Caller);
        writer.EndContract();
    }

    public static Workflow ReadWorkflow(this ref MessagePackReader reader)
    {
        reader.BeginContract();
        var workflow = new Workflow(
            reader.ReadOperation(), reader.ReadEnum<WorkflowKind>(), reader.ReadSteps(), reader.ReadInt32(), reader.ReadBoolean(),
            reader.ReadNullable(ReadFailure), reader.ReadString());
        reader.EndContract();
        return workflow;
    }

    public static void WriteFailover(this ref MessagePackWriter writer, Failover failover)
    {
        writer.BeginContract(7);
        writer.WriteOperation(failover.Operation);
        writer.WriteEnum(failover.Kind);
        writer.WriteNullablePointId(failover.Point);
        writer.Write(failover.Activation);
        writer.Write(failover.SourceEndedAt);
        writer.Write(failover.SourceStopped);
        writer.Write(failover.SourceFenced);
        writer.EndContract();
    }

    public static Failover ReadFailover(this ref MessagePackReader reader)
    {
        reader.BeginContract();
        var failover = new Failover(
            reader.ReadOperation(), reader.ReadEnum<FailoverKind>(), reader.ReadNullablePointId(), reader.ReadInt64(),
            reader.ReadDateTimeOffset(), reader.ReadBoolean(), reader.ReadBoolean());
        reader.EndContract();
        return failover;
    }

    public static void WriteReplication(this ref MessagePackWriter writer, ReplicationState replication)
    {
        switch (replication)
        {
            case ReplicationState.Normal:
                Begin(ref writer, Normal, 1);
                break;
            case ReplicationState.Retrying r:
                Begin(ref writer, Retrying, 5);
                WriteAttempt(ref writer, r.Attempt, r.Code, r.Message);
                writer.Write(r.RetryAt);
                break;
            case ReplicationState.Recovering r:
                Begin(ref writer, Recovering, 4);
                WriteAttempt(ref writer, r.Attempt, r.Code, r.Message);
                break;
            case ReplicationState.Stopped r:
                Begin(ref writer, Stopped, 4);
                writer.Write(r.Code);
                writer.Write(r.Message);
                writer.Write(r.Advice);
                break;
            default:
                throw new UnreachableException($"{replication.GetType().Name} has no format: give it one here and raise the schema.");
        }

        writer.Write(replication.Generation);
        End(ref writer);
    }

    public static ReplicationState ReadReplication(this ref MessagePackReader reader)
    {
        var tag = Begin(ref reader);
        ReplicationState replication = tag switch
        {
            Normal => new ReplicationState.Normal(reader.ReadInt64()),
            Retrying => new ReplicationState.Retrying(
                reader.ReadInt32(), reader.ReadString(), reader.ReadString(), reader.ReadDateTimeOffset(), reader.ReadInt64()),
            Recovering => new ReplicationState.Recovering(reader.ReadInt32(), reader.ReadString(), reader.ReadString(), reader.ReadInt64()),
            Stopped => new ReplicationState.Stopped(reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadInt64()),
            _ => throw reader.Invalid($"{tag} is no state of replication"),
        };
        End(ref reader);
        return replication;
    }

    public static void WriteResync(this ref MessagePackWriter writer, ResyncState resync)
    {
        switch (resync)
        {
            case ResyncState.None:
                Begin(ref writer, None, 0);
                break;
            case ResyncState.Marked marked:
                Begin(ref writer, Marked, 1);
                writer.Write(marked.Reason);
                break;
            case ResyncState.Running:
                Begin(ref writer, Comparing, 0);
                break;
            default:
                throw new UnreachableException($"{resync.GetType().Name} has no format: give it one here and raise the schema.");
        }

        End(ref writer);
    }

    public static ResyncState ReadResync(this ref MessagePackReader reader)
    {
        var tag = Begin(ref reader);
        ResyncState resync = tag switch
        {
            None => new ResyncState.None(),
            Marked => new ResyncState.Marked(reader.ReadString()),
            Comparing => new ResyncState.Running(),
            _ => throw reader.Invalid($"{tag} is no state of a resync"),
        };
        End(ref reader);
        return resync;
    }

    public static void WriteTest(this ref MessagePackWriter writer, TestState test)
    {
        switch (test)
        {
            case TestState.None:
                Begin(ref writer, None, 0);
                break;
            case TestState.Starting t:
                Begin(ref writer, Starting, 3);
                WriteTested(ref writer, t.Operation, t.Point);
                writer.WriteWorkflow(t.Workflow);
                break;
            case TestState.Running t:
                Begin(ref writer, Running, 2);
                WriteTested(ref writer, t.Operation, t.Point);
                break;
            case TestState.CleaningUp t:
                Begin(ref writer, CleaningUp, 5);
                WriteTested(ref writer, t.Operation, t.Point);
                writer.Write(t.Notes);
                writer.Write(t.HasRun);
                writer.WriteWorkflow(t.Workflow);
                break;
            default:
                throw new UnreachableException($"{test.GetType().Name} has no format: give it one here and raise the schema.");
        }

        End(ref writer);
    }

    public static TestState ReadTest(this ref MessagePackReader reader)
    {
        var tag = Begin(ref reader);
        TestState test = tag switch
        {
            None => new TestState.None(),
            Starting => new TestState.Starting(reader.ReadOperation(), reader.ReadPointId(), reader.ReadWorkflow()),
            Running => new TestState.Running(reader.ReadOperation(), reader.ReadPointId()),
            CleaningUp => new TestState.CleaningUp(
                reader.ReadOperation(), reader.ReadPointId(), reader.ReadString(), reader.ReadBoolean(), reader.ReadWorkflow()),
            _ => throw reader.Invalid($"{tag} is no state of a test"),
        };
        End(ref reader);
        return test;
    }

    private static void WriteAttempt(ref MessagePackWriter writer, int attempt, string code, string message)
    {
        writer.Write(attempt);
        writer.Write(code);
        writer.Write(message);
    }

    private static void WriteTested(ref MessagePackWriter writer, Domain.OperationId operation, Domain.RecoveryPointId point)
    {
        writer.WriteOperation(operation);
        writer.WritePointId(point);
    }

    private static void WriteFailure(ref MessagePackWriter writer, StepFailure failure)
    {
        writer.BeginContract(4);
        writer.Write(failure.Code);
        writer.Write(failure.Message);
        writer.Write(failure.Attempt);
        writer.WriteNullable(failure.RetryAt);
        writer.EndContract();
    }

    private static StepFailure ReadFailure(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var failure = new StepFailure(reader.ReadString(), reader.ReadString(), reader.ReadInt32(), reader.ReadNullableDateTimeOffset());
        reader.EndContract();
        return failure;
    }

    private static void Begin(ref MessagePackWriter writer, int tag, int fields)
    {
        writer.BeginUnion(tag);
        writer.BeginContract(fields);
    }

    private static int Begin(ref MessagePackReader reader)
    {
        var tag = reader.BeginUnion();
        reader.BeginContract();
        return tag;
    }

    private static void End(ref MessagePackWriter writer)
    {
        writer.EndContract();
        writer.EndContract();
    }

    private static void End(ref MessagePackReader reader)
    {
        reader.EndContract();
        reader.EndContract();
    }
}
