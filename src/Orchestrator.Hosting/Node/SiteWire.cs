using System.Text.Json;
using Orchestrator.Replication.Sites;

namespace Orchestrator.Hosting.Node;

/// <summary>The calls between a control node and the sites of another node: one POST per operation, arguments and answer as JSON.</summary>
internal static class SiteWire
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { MaxDepth = 32 };

    public static string Route(string site, string operation) => $"/v1/sites/{Uri.EscapeDataString(site)}/operations/{operation}";
}

/// <summary>The arguments of every operation; each uses the ones it needs.</summary>
internal sealed record SiteCall
{
    public string Id { get; init; } = "";

    public long Activation { get; init; }

    public Guid Operation { get; init; }

    public Guid? Point { get; init; }

    public bool Flag { get; init; }

    public string? Text { get; init; }

    public JsonElement? Request { get; init; }

    /// <summary>The right the control node acts under; null for a look.</summary>
    public ControlTerm? Term { get; init; }
}

/// <summary>An error as it travels back.</summary>
internal sealed record SiteError(string Code, string Message, bool IsTransient, bool IsFabric);
