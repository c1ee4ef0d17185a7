namespace Orchestrator.Actors.Persistence;

/// <summary>Turns the state of one entity kind into bytes and back.</summary>
/// <typeparam name="TState">The state.</typeparam>
public interface ISnapshotCodec<TState>
{
    /// <summary>The version of the state's schema. Raise it with every change of what the bytes or the fold mean: older snapshots are then ignored.</summary>
    int Schema { get; }

    /// <summary>Encodes a state.</summary>
    byte[] Encode(TState state);

    /// <summary>Decodes a state of this <see cref="Schema"/>. Throwing makes recovery fall back to an older snapshot or the whole history.</summary>
    TState Decode(byte[] payload);
}
