using Orchestrator.Control.Sites;
using Orchestrator.Domain;
using Orchestrator.TestKit;

namespace Orchestrator.Control.Tests.Sites;

/// <summary>How a call to a site goes wrong.</summary>
internal enum Trouble
{
    /// <summary>Refused; trying again helps.</summary>
    Transient = 1,

    /// <summary>Refused for good.</summary>
    Permanent = 2,

    /// <summary>Done, but the answer is lost.</summary>
    AnswerLost = 3,

    /// <summary>Never done, never answered: the caller dies first.</summary>
    HangsBefore = 4,

    /// <summary>Done, never answered: the caller dies first.</summary>
    HangsAfter = 5,

    /// <summary>Not done before the site is let go on, whatever becomes of the caller.</summary>
    Stuck = 6,
}

/// <summary>One call that changes a site.</summary>
internal sealed record SiteCall(int Number, string Site, string Name, Guid Operation, string Arguments)
{
    internal required Caller Caller { get; init; }

    internal string Node => Caller.Link.Node;

    public override string ToString() => $"call {Number}: {Site}.{Name}({Arguments})";
}

/// <summary>Two sites that outlive every control node, what was asked of them, and what goes wrong next.</summary>
internal sealed class World
{
    internal const long DiskLength = 1 << 20;
    internal static readonly TimeSpan PointInterval = TimeSpan.FromSeconds(10);
    private readonly List<SiteCall> _calls = [];

    internal World(ManualTime time)
    {
        Time = time;
        Berlin = new ScriptedSite(this, "berlin");
        Hamburg = new ScriptedSite(this, "hamburg");
    }

    internal ManualTime Time { get; }

    internal ScriptedSite Berlin { get; }

    internal ScriptedSite Hamburg { get; }

    internal IReadOnlyList<SiteCall> Calls => _calls;

    /// <summary>Decides what goes wrong with a call; nothing by default.</summary>
    internal Func<SiteCall, Trouble?> Plan { get; set; } = _ => null;

    /// <summary>Who made a call that hangs, so that its control node is to be killed now.</summary>
    internal Caller? Hanging { get; set; }

    /// <summary>Who was refused because another node had acted under a higher term.</summary>
    internal List<Caller> Refused { get; } = [];

    /// <summary>Lets a site go on that is stuck.</summary>
    internal TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether every replication run breaks.</summary>
    internal bool IsLinkBroken { get; set; }

    /// <summary>What must never happen and did.</summary>
    internal List<string> Violations { get; } = [];

    internal ScriptedSite Other(ScriptedSite site) => site == Berlin ? Hamburg : Berlin;

    internal ScriptedSite Named(string name) => name == Berlin.Name ? Berlin : Hamburg;

    /// <summary>The sites as a node sees them.</summary>
    internal ISiteDirectory DirectoryFor(NodeLink link) => new SiteDirectory([Entry(Berlin, link), Entry(Hamburg, link)]);

    internal Trouble? Record(SiteCall call)
    {
        _calls.Add(call);
        return Plan(call);
    }

    private static Site Entry(ScriptedSite site, NodeLink link)
    {
        var handle = SiteHandle.Of(site, link);
        return new Site(new SiteName(site.Name), "folder", site.Name, handle, handle, new Uri($"https://{site.Name}:9443"));
    }
}
