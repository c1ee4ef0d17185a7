using Orchestrator.Control.Machines;
using Orchestrator.Domain;
using Orchestrator.MessagePack;

namespace Orchestrator.Control.Codecs;

/// <summary>A machine's answers as they are sent between nodes.</summary>
/// <remarks>They hold the machine's state, so their version is the schema of the state: another one is refused, as a snapshot of it would be ignored.</remarks>
internal static class ReplyFormats
{
    public static IReadOnlyList<RecordFormat<MachineReply>> All { get; } =
    [
        new RecordFormat<MachineReply, MachineReply.Accepted>(
            1, "reply.accepted", 1,
            static (ref w, reply) => StateFormat.Write(ref w, reply.State),
            static (ref r) => new MachineReply.Accepted(StateFormat.Read(ref r)),
            MachineSnapshotCodec.StateSchema),
        new RecordFormat<MachineReply, MachineReply.Refused>(
            2, "reply.refused", 2,
            static (ref w, reply) =>
            {
                WriteRefusal(ref w, reply.Refusal);
                StateFormat.Write(ref w, reply.State);
            },
            static (ref r) => new MachineReply.Refused(ReadRefusal(ref r), StateFormat.Read(ref r)),
            MachineSnapshotCodec.StateSchema),
    ];

    private static void WriteRefusal(ref MessagePackWriter writer, Refusal refusal)
    {
        writer.BeginContract(3);
        writer.Write(refusal.Code);
        writer.Write(refusal.Message);
        writer.Write(refusal.Advice);
        writer.EndContract();
    }

    private static Refusal ReadRefusal(ref MessagePackReader reader)
    {
        reader.BeginContract();
        var refusal = new Refusal(reader.ReadString(), reader.ReadString(), reader.ReadString());
        reader.EndContract();
        return refusal;
    }
}
