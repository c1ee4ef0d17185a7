using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Source;

/// <summary>The one gate all changes of a machine pass: closed for an instant by an epoch cut, shut by fencing or disposal.</summary>
internal sealed class WriteGate
{
    private readonly SharedGate _gate = new();
    private volatile string? _refusal;

    /// <summary>Why changes are refused; set it while the gate is closed.</summary>
    public string? Refusal
    {
        get => _refusal;
        set => _refusal = value;
    }

    /// <exception cref="ReplicationException"><see cref="ErrorCodes.Fenced"/>.</exception>
    public int Enter()
    {
        var pass = _gate.Enter();
        if (_refusal is not { } refusal)
        {
            return pass;
        }

        _gate.Exit(pass);
        throw new ReplicationException(ErrorCodes.Fenced, refusal, isTransient: false);
    }

    public void Exit(int pass) => _gate.Exit(pass);

    /// <summary>Runs an action while no change is in flight.</summary>
    public T WhileClosed<T>(Func<T> action)
    {
        _gate.Close();
        try
        {
            return action();
        }
        finally
        {
            _gate.Open();
        }
    }
}
