using Orchestrator.Replication.Source;

namespace Orchestrator.Replication.Pipeline;

/// <summary>Decides when a crash-consistent point is cut. Thread-safe.</summary>
/// <remarks>A machine that writes nothing gets a point every <see cref="ReplicationOptions.IdleIntervals"/>: enough to show that the chain
/// is alive, without filling the target's retention with equal points.</remarks>
internal sealed class EpochCutter
{
    private readonly Lock _gate = new();
    private readonly ReplicationOptions _options;
    private readonly StatusBoard _board;
    private long _lastMark;
    private bool _isFinal;
    private int _idle;

    internal EpochCutter(ReplicationOptions options, StatusBoard board)
    {
        _options = options;
        _board = board;
    }

    /// <summary>A mark was cut by somebody else. Nothing is cut behind a final one unless the machine writes again.</summary>
    internal void Seen(EpochMark mark)
    {
        lock (_gate)
        {
            if (mark.Sequence >= _lastMark)
            {
                _lastMark = mark.Sequence;
                _isFinal = mark.Kind == EpochKind.Final;
            }
        }
    }

    internal void Cut()
    {
        lock (_gate)
        {
            _lastMark = _options.Source.CutEpoch(EpochKind.CrashConsistent, _options.NewId()).Sequence;
            _idle = 0;
            _isFinal = false;
        }
    }

    /// <summary>One interval has passed.</summary>
    internal void Tick()
    {
        lock (_gate)
        {
            // The time is read first: a write after it makes the claim too modest, never too good.
            var now = _options.Time.GetUtcNow();
            if (_options.Source.LastSequence > _lastMark || (!_isFinal && ++_idle >= _options.IdleIntervals))
            {
                Cut();
                return;
            }

            _board.Unchanged(_lastMark, now);
        }
    }
}
