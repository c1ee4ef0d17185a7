using System.Diagnostics;

namespace Orchestrator.Chaos;

/// <summary>Network namespaces on one bridge, in which traffic can be dropped by direction.</summary>
/// <remarks>Needs root, iproute2 and nftables. Names begin with the process id, so that two runs do not meet.</remarks>
internal sealed class NetworkLab : IAsyncDisposable
{
    private readonly string _prefix = $"o{Environment.ProcessId % 100_000}";
    private readonly List<string> _spaces = [];
    private int _addresses = 1;

    /// <summary>The host's address on the bridge.</summary>
    public static string Host => "10.231.77.1";

    /// <summary>Makes the bridge.</summary>
    public static async Task<NetworkLab> CreateAsync()
    {
        var lab = new NetworkLab();
        await RunAsync("ip", "link", "add", lab.Bridge, "type", "bridge");
        await RunAsync("ip", "addr", "add", $"{Host}/24", "dev", lab.Bridge);
        await RunAsync("ip", "link", "set", lab.Bridge, "up");
        return lab;
    }

    /// <summary>Adds a namespace and returns its address.</summary>
    public async Task<string> AddAsync(string name)
    {
        var (space, link, address) = (Space(name), $"{_prefix}v{name}", $"10.231.77.{++_addresses}");
        await RunAsync("ip", "netns", "add", space);
        _spaces.Add(space);
        await RunAsync("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space);
        await RunAsync("ip", "link", "set", link, "master", Bridge, "up");
        await RunAsync("ip", "-n", space, "addr", "add", $"{address}/24", "dev", "eth0");
        await RunAsync("ip", "-n", space, "link", "set", "eth0", "up");
        await RunAsync("ip", "-n", space, "link", "set", "lo", "up");
        return address;
    }

    /// <summary>The command that runs a program inside.</summary>
    public string[] Inside(string name) => ["ip", "netns", "exec", Space(name)];

    /// <summary>Drops what <paramref name="name"/> sends to an address.</summary>
    public Task DropOutgoingAsync(string name, string to) => DropAsync(name, "output", "daddr", to);

    /// <summary>Drops what <paramref name="name"/> would receive from an address.</summary>
    public Task DropIncomingAsync(string name, string from) => DropAsync(name, "input", "saddr", from);

    /// <summary>Lets everything of a namespace pass again.</summary>
    public Task HealAsync(string name) => RunAsync([.. Inside(name), "nft", "flush", "ruleset"]);

    public async ValueTask DisposeAsync()
    {
        foreach (var space in _spaces)
            await RunAsync("ip", "netns", "del", space);

        await RunAsync("ip", "link", "del", Bridge);
    }

    private string Bridge => $"{_prefix}br";

    private string Space(string name) => $"{_prefix}-{name}";

    private async Task DropAsync(string name, string hook, string field, string address)
    {
        string[] nft = [.. Inside(name), "nft"];
        await RunAsync([.. nft, "add", "table", "ip", "cut"]);
        await RunAsync([.. nft, "add", "chain", "ip", "cut", hook, $"{{ type filter hook {hook} priority 0 ; }}"]);
        await RunAsync([.. nft, "add", "rule", "ip", "cut", hook, "ip", field, address, "drop"]);
    }

    private static async Task RunAsync(params string[] command)
    {
        var info = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true };
        using var process = Process.Start(info)!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)} failed: {error.Trim()}");
    }
}
