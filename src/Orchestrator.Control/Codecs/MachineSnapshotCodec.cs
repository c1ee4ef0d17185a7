using Orchestrator.Actors.Persistence;
using Orchestrator.Domain.Machines;
using Orchestrator.MessagePack;

namespace Orchestrator.Control.Codecs;

/// <summary>Turns the state of a machine into a snapshot and back. Safe for use by several threads.</summary>
/// <remarks>
/// A snapshot only shortens recovery: one of another <see cref="Schema"/> is ignored and the history replayed, so this format is
/// changed, and never kept compatible. Raise the number with every change of the bytes, and with every change of
/// <see cref="ProtectedMachine.Evolve"/> that makes another state of the same events.
/// </remarks>
public sealed class MachineSnapshotCodec : ISnapshotCodec<ProtectedMachine.State>
{
    /// <summary>The schema of the bytes of a state.</summary>
    internal const short StateSchema = 1;

    /// <inheritdoc />
    public int Schema => StateSchema;

    /// <inheritdoc />
    public byte[] Encode(ProtectedMachine.State state) => MessagePackSerializer.Serialize(state, StateFormat.Write);

    /// <inheritdoc />
    /// <exception cref="MessagePackException">The payload is no state of a machine.</exception>
    public ProtectedMachine.State Decode(byte[] payload) => MessagePackSerializer.Deserialize<ProtectedMachine.State>(payload, StateFormat.Read);
}
