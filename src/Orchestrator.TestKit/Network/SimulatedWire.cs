using Orchestrator.Cluster;
using Orchestrator.Cluster.Bus;
using Orchestrator.Cluster.Bus.Sessions;
using Orchestrator.MessagePack;

namespace Orchestrator.TestKit.Network;

/// <summary>One end of a simulated connection: writes to one pipe, hears from the other.</summary>
internal sealed class SimulatedWire(SimulatedPipe output, string peer) : IFrameWire
{
    private readonly Lock _gate = new();
    private IFrameEnd? _end;
    private SimulatedWire? _other;
    private int _wakes;
    private bool _isFinishing;
    private bool _isFinished;
    private bool _isInputEnded;
    private bool _isOver;

    /// <summary>Two ends of one connection.</summary>
    public static (SimulatedWire Client, SimulatedWire Server) Pair(SimulatedNetwork network, string client, string server)
    {
        var atClient = new SimulatedWire(network.NewPipe(client, server), server);
        var atServer = new SimulatedWire(network.NewPipe(server, client), client);
        (atClient._other, atServer._other) = (atServer, atClient);
        return (atClient, atServer);
    }

    /// <summary>Sends a mark towards the other end, behind everything sent before.</summary>
    public void SendMark(Action arrive) => output.SendMark(arrive);

    /// <inheritdoc/>
    public void Start(IFrameEnd end)
    {
        _end = end;
        Wake();
    }

    /// <inheritdoc/>
    public void Wake()
    {
        if (_end is null || Interlocked.Increment(ref _wakes) > 1) return; // Whoever drains looks once more.
        do
        {
            Volatile.Write(ref _wakes, 1);
            Drain(_end);
        }
        while (Interlocked.CompareExchange(ref _wakes, 0, 1) != 1);
    }

    /// <inheritdoc/>
    public void Finish()
    {
        lock (_gate)
        {
            if (_isFinishing) return;
            _isFinishing = true;
        }

        Wake();
    }

    /// <inheritdoc/>
    public void Break(BusFault fault)
    {
        if (!TryEnd()) return;
        output.SendMark(() => _other!.OnReset(new BusFault(
            ClusterErrorCodes.ConnectionLost, $"The connection to {_other.Peer} was reset: {fault.Message}", IsTransient: true)));
        _end?.OnEnded(fault);
    }

    /// <summary>Does nothing more, as a process that was killed.</summary>
    public void Die(bool isSilent)
    {
        if (!TryEnd()) return;
        if (!isSilent)
        {
            output.SendMark(() => _other!.OnReset(new BusFault(
                ClusterErrorCodes.ConnectionLost, $"The connection to {_other.Peer} was reset.", IsTransient: true)));
        }
    }

    /// <summary>Whether it has ended.</summary>
    public bool IsOver => _isOver;

    /// <summary>The node at the other end.</summary>
    public string Peer => peer;

    private void Drain(IFrameEnd end)
    {
        bool isLast;
        lock (_gate)
        {
            if (_isOver) return;
            isLast = _isFinishing;
        }

        while (end.TryTake(out var frame)) Send(frame);
        if (isLast) SendFin();
    }

    private void Send(BusFrame frame)
    {
        using var buffer = new MessagePackBuffer();
        BusFrameCodec.Write(buffer, frame);
        var bytes = buffer.ToArray();
        output.SendFrame(() => _other!.OnArrived(bytes));
    }

    private void SendFin()
    {
        lock (_gate)
        {
            if (_isFinished) return;
            _isFinished = true;
        }

        output.SendMark(() => _other!.OnFin());
        EndWhenBothFinished();
    }

    private void OnArrived(byte[] bytes)
    {
        if (_isOver || _end is null) return;
        try
        {
            _end.OnFrame(BusFrameCodec.Read(bytes));
        }
        catch (BusException error)
        {
            Break(error.Fault);
        }
    }

    private void OnFin()
    {
        if (_isOver || _end is null) return;
        _end.OnInputEnded();
        lock (_gate) _isInputEnded = true;
        EndWhenBothFinished();
    }

    private void OnReset(BusFault fault)
    {
        if (TryEnd()) _end?.OnEnded(fault);
    }

    private void EndWhenBothFinished()
    {
        lock (_gate)
        {
            if (!_isFinished || !_isInputEnded) return;
        }

        if (TryEnd()) _end?.OnEnded(null);
    }

    private bool TryEnd()
    {
        lock (_gate)
        {
            if (_isOver) return false;
            _isOver = true;
        }

        _other!.CloseOutput();
        return true;
    }

    // What the other end has sent reaches nobody now.
    private void CloseOutput() => output.Close();
}
