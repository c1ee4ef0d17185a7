using Orchestrator.Simulation.Machines;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation.Checks;

/// <summary>Watches what is done at the sites: S1 (one active side), S5 (commit is final there, too), S8 (each effect once per key).</summary>
internal sealed class EffectCheck
{
    private readonly SimulatedWorld _world;
    private readonly MachineSites _sites;
    private readonly JournalBook _book;
    private readonly Dictionary<string, long> _highest = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string, string, Guid), int> _done = [];
    private readonly HashSet<(string, string)> _final = [];

    public EffectCheck(SimulatedWorld world, MachineSites sites, JournalBook book)
    {
        (_world, _sites, _book) = (world, sites, book);
        sites.OnEffect = On;
    }

    /// <summary>What was broken first. It happens inside a call of a node, which would take an exception for the site's answer.</summary>
    public SimulationFailedException? Failure { get; private set; }

    private void On(SiteEffect effect)
    {
        try
        {
            Check(effect);
        }
        catch (SimulationFailedException broken)
        {
            Failure ??= broken;
        }
    }

    private void Check(SiteEffect effect)
    {
        _book.Read();
        CheckViolations(effect);
        if (!effect.Changed)
            return;

        CheckActivation(effect);
        CheckOnce(effect);
        CheckFinal(effect);
    }

    /// <summary>What the sites see for themselves; after a forced failover two may run, and that is recorded.</summary>
    private void CheckViolations(SiteEffect effect)
    {
        var violations = _sites.Of(effect.Machine).Violations;
        if (violations.Count > 0 && !(_book.Find(effect.Machine)?.IsForced ?? false))
            throw _world.Failure("S1", $"{effect.Machine}: {violations[0]} ({effect.Call} of {effect.Node})");

        violations.Clear();
    }

    private void CheckActivation(SiteEffect effect)
    {
        if (effect.Activation is not { } activation || effect.Call == "StartTest")
            return;

        var highest = _highest.GetValueOrDefault(effect.Machine);
        if (activation < highest && !(_book.Find(effect.Machine)?.IsForced ?? false))
        {
            throw _world.Failure("S1",
                $"{effect.Site} does {effect.Call} for {effect.Machine} under activation {activation} after one under {highest} (asked by {effect.Node})");
        }

        _highest[effect.Machine] = Math.Max(highest, activation);
    }

    private void CheckOnce(SiteEffect effect)
    {
        if (effect.Operation == Guid.Empty || effect.Call is not ("StartProduction" or "StartTest" or "Activate" or "OpenTest" or "Commit"))
            return;

        var key = (effect.Machine, effect.Site, effect.Call, effect.Operation);
        if ((_done[key] = _done.GetValueOrDefault(key) + 1) > 1)
            throw _world.Failure("S8", $"{effect.Site} does {effect.Call} for {effect.Machine} twice under operation {effect.Operation} (asked by {effect.Node})");
    }

    private void CheckFinal(SiteEffect effect)
    {
        var place = (effect.Machine, effect.Site);
        if (effect.Call is "Activate" or "Deactivate" && _final.Contains(place))
            throw _world.Failure("S5", $"{effect.Site} does {effect.Call} for {effect.Machine}, whose replica it has committed");

        if (effect.Call == "Activate" && effect.Point is { } point && (_book.Find(effect.Machine)?.CommittedAway.Contains(point) ?? false))
            throw _world.Failure("S5", $"{effect.Site} activates {effect.Machine} from a point of before its commit");

        if (effect.Call == "Commit")
            _final.Add(place);
        else if (effect.Call is "PrepareReplica" or "RemoveReplica")
            _final.Remove(place);
    }
}
