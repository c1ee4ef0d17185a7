using System.Globalization;
using Orchestrator.Cluster.Bus.Sessions;

namespace Orchestrator.Cluster.Bus.Http;

/// <summary>The headers in which both sides say who they are and what they grant.</summary>
internal static class PeerHandshake
{
    public const string Path = "/v1/bus";
    public const string ContentType = "application/vnd.orchestrator.bus";
    public const string ErrorHeader = "orchestrator-error";
    private const string Prefix = "orchestrator-";
    private const int MaxTextLength = 64;

    public static void Write(PeerIdentity identity, BusOptions options, Action<string, string> add)
    {
        add(Prefix + "node", identity.Node);
        add(Prefix + "incarnation", identity.Incarnation.ToString("N"));
        add(Prefix + "site", identity.Site);
        add(Prefix + "zone", identity.Zone);
        add(Prefix + "build", identity.Build);
        add(Prefix + "protocol", Text(identity.Protocol));
        add(Prefix + "window-frames", Text(options.WindowFrames));
        add(Prefix + "window-bytes", Text(options.WindowBytes));
        add(Prefix + "max-frame", Text(options.MaxFrameBytes));
    }

    /// <exception cref="BusException">A header is missing or not usable, or the version is unknown.</exception>
    public static (PeerIdentity Peer, BusWindow Window) Read(Func<string, string?> get, string remote)
    {
        // The version first: whoever speaks another one may send other headers, too.
        var protocol = (int)Number(get, "protocol", int.MaxValue, remote);
        if (!BusProtocol.Knows(protocol)) throw UnknownVersion(remote, protocol, get(Prefix + "build"));
        if (!Guid.TryParseExact(get(Prefix + "incarnation"), "N", out var incarnation)) throw Missing("incarnation", remote);
        var peer = new PeerIdentity(
            Word(get, "node", remote), incarnation, Word(get, "site", remote), Word(get, "zone", remote), Word(get, "build", remote), protocol);
        var window = new BusWindow(
            (int)Number(get, "window-frames", int.MaxValue, remote), Number(get, "window-bytes", long.MaxValue, remote),
            (int)Number(get, "max-frame", int.MaxValue, remote));
        return (peer, window);
    }

    /// <summary>Refuses an identity that could not be sent in headers.</summary>
    public static PeerIdentity Validated(PeerIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        foreach (var text in new[] { identity.Node, identity.Site, identity.Zone, identity.Build })
        {
            if (!IsWord(text))
                throw new ArgumentException($"'{text}' cannot be said to peers: names and builds have 1 to {MaxTextLength} printable ASCII characters.");
        }

        return identity;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Word(Func<string, string?> get, string name, string remote) =>
        get(Prefix + name) is { } text && IsWord(text) ? text : throw Missing(name, remote);

    private static bool IsWord(string text) =>
        text.Length is > 0 and <= MaxTextLength && !text.AsSpan().ContainsAnyExceptInRange(' ', '~') && text.Trim().Length == text.Length;

    private static long Number(Func<string, string?> get, string name, long most, string remote) =>
        long.TryParse(get(Prefix + name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number : throw Missing(name, remote);

    private static BusException Missing(string name, string remote) => new(new BusFault(
        ClusterErrorCodes.IdentityRefused,
        $"{remote} did not send a usable header {Prefix}{name}. It is not a node of this product, or a proxy in between removes headers: "
        + "connect nodes directly.",
        IsTransient: false));

    private static BusException UnknownVersion(string remote, int protocol, string? build) => new(new BusFault(
        ClusterErrorCodes.VersionRefused,
        $"{remote} (build {build ?? "unknown"}) speaks version {protocol} of the bus; this node speaks {BusProtocol.Oldest} to {BusProtocol.Current}. "
        + "Update the older of the two; versions next to each other work together.",
        IsTransient: false));
}
