using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Contracts;

/// <summary>How the API's JSON is written: camel case, enums and times as text, unknown members ignored by readers.</summary>
public static class Wire
{
    /// <summary>The one set of options both ends use.</summary>
    public static JsonSerializerOptions Json { get; } = Make(indented: false);

    /// <summary>The same, indented, for files and terminals.</summary>
    public static JsonSerializerOptions Indented { get; } = Make(indented: true);

    private static JsonSerializerOptions Make(bool indented) => new(JsonSerializerDefaults.Web)
    {
        WriteIndented = indented,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        MaxDepth = 32,
    };
}

/// <summary>The routes of the node's HTTP API.</summary>
public static class Routes
{
    /// <summary>GET: the node and its machines (<see cref="NodeStatus"/>).</summary>
    public const string Status = "/v1/status";

    /// <summary>POST: protects a machine (<see cref="ProtectRequest"/> to <see cref="OperationAccepted"/>).</summary>
    public const string Machines = "/v1/machines";

    /// <summary>GET: one machine (<see cref="MachineStatus"/>).</summary>
    public const string Machine = "/v1/machines/{machine}";

    /// <summary>POST: an operation (<see cref="OperationRequest"/> to <see cref="OperationAccepted"/>).</summary>
    public const string Operations = "/v1/machines/{machine}/operations";

    /// <summary>GET: the recovery points, newest first (<see cref="PointView"/>s).</summary>
    public const string Points = "/v1/machines/{machine}/points";

    /// <summary>GET: the jobs of all machines, newest first (<see cref="JobView"/>s); <c>?machine=</c> narrows.</summary>
    public const string Jobs = "/v1/jobs";

    /// <summary>GET: one job (<see cref="JobView"/>).</summary>
    public const string Job = "/v1/jobs/{job:guid}";

    /// <summary>GET: the health of all machines (<see cref="MachineHealthView"/>s).</summary>
    public const string Health = "/v1/health";

    /// <summary>GET: what happened last to all machines, newest first (<see cref="JournalEntryView"/>s); <c>?limit=</c> narrows.</summary>
    public const string Recent = "/v1/recent";

    /// <summary>GET: what changes, as it changes: server-sent events, see <see cref="LiveEvents"/>.</summary>
    public const string Events = "/v1/events";

    /// <summary>GET: events (<see cref="JournalEntryView"/>s); <c>?machine=</c>, <c>?from=</c> (sequence) and <c>?limit=</c> narrow.</summary>
    public const string Journal = "/v1/journal";

    /// <summary>
    /// GET: verifies the whole journal (<see cref="JournalVerification"/>); POST: also against published checkpoints
    /// (<see cref="VerifyRequest"/>).
    /// </summary>
    public const string JournalVerify = "/v1/journal/verify";

    /// <summary>GET: the machines at <c>?time=</c> (<see cref="PastState"/>s).</summary>
    public const string JournalAsOf = "/v1/journal/as-of";

    /// <summary>GET: everything at the last checkpoint at or before <c>?time=</c> (<see cref="PastSystem"/>).</summary>
    public const string JournalCut = "/v1/journal/cut";

    /// <summary>GET: a machine's events and what each changed (<see cref="ReplayStep"/>s); <c>?machine=</c>, <c>?to=</c> (sequence) narrows.</summary>
    public const string JournalReplay = "/v1/journal/replay";

    /// <summary>GET: events as JSON lines; <c>?machine=</c>, <c>?from=</c> and <c>?to=</c> (times) narrow.</summary>
    public const string JournalExport = "/v1/journal/export";

    /// <summary>POST: removes payloads (<see cref="ShredRequest"/> to <see cref="ShreddingView"/>).</summary>
    public const string JournalShred = "/v1/journal/shred";

    /// <summary>GET: the newest checkpoints (<see cref="CheckpointsView"/>); <c>?limit=</c> widens.</summary>
    public const string JournalCheckpoints = "/v1/journal/checkpoints";

    /// <summary>Puts a machine's name into a route.</summary>
    public static string ForMachine(string route, string machine) =>
        route.Replace("{machine}", Uri.EscapeDataString(machine), StringComparison.Ordinal);

    /// <summary>Puts a job's id into its route.</summary>
    public static string ForJob(Guid job) => $"/v1/jobs/{job:D}";
}
