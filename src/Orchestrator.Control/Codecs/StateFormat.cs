using System.Diagnostics;
using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;
using State = Orchestrator.Domain.Machines.ProtectedMachine.State;

namespace Orchestrator.Control.Codecs;

/// <summary>How a machine's state is stored in a snapshot: [case, [recent operations, fields…]], states within states alike.</summary>
internal static class StateFormat
{
    private const int Unprotected = 1;
    private const int Enabling = 2;
    private const int InitialReplication = 3;
    private const int Protected = 4;
    private const int FailingOver = 5;
    private const int FailedOver = 6;
    private const int ChangingPoint = 7;
    private const int Cancelling = 8;
    private const int Committing = 9;
    private const int Committed = 10;
    private const int Reversing = 11;
    private const int Disabling = 12;

    public static void Write(ref MessagePackWriter writer, State state)
    {
        switch (state)
        {
            case State.Unprotected s:
                Begin(ref writer, Unprotected, s, 1);
                writer.Write(s.LastActivation);
                break;
            case State.Enabling s:
                Begin(ref writer, Enabling, s, 2);
                writer.WriteProtection(s.Protection);
                writer.WriteWorkflow(s.Workflow);
                break;
            case State.InitialReplication s:
                WriteInitialReplication(ref writer, s);
                break;
            case State.Protected s:
                WriteProtected(ref writer, s);
                break;
            default:
                WriteFailover(ref writer, state);
                break;
        }

        writer.EndContract();
        writer.EndContract();
    }

    public static State Read(ref MessagePackReader reader)
    {
        var tag = reader.BeginUnion();
        reader.BeginContract();
        var operations = reader.ReadOperations();
        var state = ReadBody(ref reader, tag) with { Operations = operations };
        reader.EndContract();
        reader.EndContract();
        return state;
    }

    private static void Begin(ref MessagePackWriter writer, int tag, State state, int fields)
    {
        writer.BeginUnion(tag);
        writer.BeginContract(fields + 1);
        writer.WriteOperations(state.Operations);
    }

    private static void WriteInitialReplication(ref MessagePackWriter writer, State.InitialReplication s)
    {
        Begin(ref writer, InitialReplication, s, 5);
        writer.WriteProtection(s.Protection);
        writer.WriteReplication(s.Replication);
        writer.Write(s.BytesDone);
        writer.Write(s.BytesTotal);
        writer.Write(s.IsResync);
    }

    private static void WriteProtected(ref MessagePackWriter writer, State.Protected s)
    {
        Begin(ref writer, Protected, s, 5);
        writer.WriteProtection(s.Protection);
        writer.WriteReplication(s.Replication);
        writer.WriteResync(s.Resync);
        writer.WriteTest(s.Test);
        writer.WriteList(s.Points, static (ref w, point) => w.WritePoint(point));
    }

    private static void WriteFailover(ref MessagePackWriter writer, State state)
    {
        switch (state)
        {
            case State.FailingOver s:
                Begin(ref writer, FailingOver, s, 3);
                WriteUnderWay(ref writer, s.From, s.Failover);
                writer.WriteWorkflow(s.Workflow);
                break;
            case State.FailedOver s:
                Begin(ref writer, FailedOver, s, 4);
                WriteUnderWay(ref writer, s.From, s.Failover);
                writer.WritePointId(s.Point);
                writer.Write(s.Loss);
                break;
            case State.ChangingPoint s:
                Begin(ref writer, ChangingPoint, s, 3);
                WriteUnderWay(ref writer, s.From, s.Failover);
                writer.WriteWorkflow(s.Workflow);
                break;
            case State.Cancelling s:
                Begin(ref writer, Cancelling, s, 4);
                WriteUnderWay(ref writer, s.From, s.Failover);
                writer.Write(s.Activation);
                writer.WriteWorkflow(s.Workflow);
                break;
            default:
                WriteEnd(ref writer, state);
                break;
        }
    }

    private static void WriteEnd(ref MessagePackWriter writer, State state)
    {
        switch (state)
        {
            case State.Committing s:
                Begin(ref writer, Committing, s, 2);
                Write(ref writer, s.From);
                writer.WriteWorkflow(s.Workflow);
                break;
            case State.Committed s:
                Begin(ref writer, Committed, s, 2);
                writer.WriteProtection(s.Protection);
                writer.Write(s.SourceFenced);
                break;
            case State.Reversing s:
                Begin(ref writer, Reversing, s, 2);
                Write(ref writer, s.From);
                writer.WriteWorkflow(s.Workflow);
                break;
            case State.Disabling s:
                Begin(ref writer, Disabling, s, 2);
                Write(ref writer, s.From);
                writer.WriteWorkflow(s.Workflow);
                break;
            default:
                throw new UnreachableException($"{state.GetType().Name} has no format: give it one here and raise the schema.");
        }
    }

    private static void WriteUnderWay(ref MessagePackWriter writer, State.Protected from, Failover failover)
    {
        Write(ref writer, from);
        writer.WriteFailover(failover);
    }

    // Arguments are evaluated in order, so the fields are read as they were written.
    private static State ReadBody(ref MessagePackReader reader, int tag) => tag switch
    {
        Unprotected => new State.Unprotected(reader.ReadInt64()),
        Enabling => new State.Enabling(reader.ReadProtection(), reader.ReadWorkflow()),
        InitialReplication => new State.InitialReplication(
            reader.ReadProtection(), reader.ReadReplication(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadBoolean()),
        Protected => new State.Protected(
            reader.ReadProtection(), reader.ReadReplication(), reader.ReadResync(), reader.ReadTest(), reader.ReadPoints()),
        FailingOver => new State.FailingOver(ReadInner<State.Protected>(ref reader), reader.ReadFailover(), reader.ReadWorkflow()),
        FailedOver => new State.FailedOver(
            ReadInner<State.Protected>(ref reader), reader.ReadFailover(), reader.ReadPointId(), reader.ReadTimeSpan()),
        ChangingPoint => new State.ChangingPoint(ReadInner<State.Protected>(ref reader), reader.ReadFailover(), reader.ReadWorkflow()),
        Cancelling => new State.Cancelling(
            ReadInner<State.Protected>(ref reader), reader.ReadFailover(), reader.ReadInt64(), reader.ReadWorkflow()),
        Committing => new State.Committing(ReadInner<State.FailedOver>(ref reader), reader.ReadWorkflow()),
        Committed => new State.Committed(reader.ReadProtection(), reader.ReadBoolean()),
        Reversing => new State.Reversing(ReadInner<State.Committed>(ref reader), reader.ReadWorkflow()),
        Disabling => new State.Disabling(Read(ref reader), reader.ReadWorkflow()),
        _ => throw reader.Invalid($"{tag} is no state of a machine"),
    };

    private static T ReadInner<T>(ref MessagePackReader reader)
        where T : State =>
        Read(ref reader) is T state ? state : throw reader.Invalid($"a {typeof(T).Name} is expected here");
}
