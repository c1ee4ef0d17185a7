using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Actors.Persistence;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;
using Orchestrator.Journal.Sql.Verification;
using Orchestrator.MessagePack;

namespace Orchestrator.Hosting.Evidence;

/// <summary>The journal as JSON lines that can be read without this program; one event per line.</summary>
/// <remarks>
/// The keys, always all of them: <c>shard</c>, <c>position</c> (in the shard), <c>kind</c> (number and name of what the entity is),
/// <c>entity</c>, <c>sequence</c> (in the entity's history), <c>epoch</c>, <c>type</c> (number), <c>name</c> (the type's stable name, null where
/// unknown), <c>version</c>, <c>at</c> (the writer's clock), <c>recordedAt</c> (the store's clock, not hashed), <c>meta</c> and <c>payload</c>
/// (see <see cref="MessagePackJson"/>; null when shredded), <c>shredded</c>, <c>payloadHash</c>, <c>hash</c> (hexadecimal). A row that does not
/// make an event has <c>damaged</c> instead of what cannot be read.
/// </remarks>
internal sealed class JournalExport(IJournalImage image)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly MachineEventCodec Codec = new();

    public async IAsyncEnumerable<string> LinesAsync(
        string? machine, DateTimeOffset? from, DateTimeOffset? to, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var row in RowsAsync(machine, cancellation))
        {
            var at = row.Event?.At ?? row.RecordedAt;
            if ((from is null || at >= from) && (to is null || at <= to)) yield return Line(row).ToJsonString(Json);
        }
    }

    private async IAsyncEnumerable<StoredRow> RowsAsync(string? machine, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (machine is not null)
        {
            await foreach (var row in image.ReadEntityAsync(new PersistenceId(MachineActor.Kind, machine), 1, cancellation)) yield return row;
            yield break;
        }

        for (var shard = 0; shard < image.ShardCount; shard++)
        {
            await foreach (var row in image.ReadShardAsync(shard, 0, cancellation)) yield return row;
        }
    }

    private static JsonObject Line(StoredRow row)
    {
        var line = new JsonObject { ["shard"] = row.ShardId, ["position"] = row.Position };
        if (row.Event is not { } stored)
        {
            line["recordedAt"] = Time(row.RecordedAt);
            line["damaged"] = "The columns of the row do not make an event.";
            return line;
        }

        var isMachine = stored.Id.Kind == MachineActor.Kind;
        line["kind"] = new JsonObject { ["number"] = stored.Id.Kind, ["name"] = isMachine ? "machine" : null };
        line["entity"] = stored.Id.Name;
        line["sequence"] = stored.SequenceNr;
        line["epoch"] = stored.Epoch;
        line["type"] = stored.TypeId;
        line["name"] = isMachine && Codec.FieldsOf(stored.TypeId).Count > 0 ? Codec.NameOf(stored.TypeId) : null;
        line["version"] = (int)stored.TypeVersion;
        line["at"] = Time(stored.At);
        line["recordedAt"] = Time(row.RecordedAt);
        line["meta"] = Decode(stored.Meta, isMachine ? EventMeta.FieldNames : []);
        line["payload"] = stored.Payload is { } payload ? Decode(payload, isMachine ? Codec.FieldsOf(stored.TypeId) : []) : null;
        line["shredded"] = stored.Payload is null;
        line["payloadHash"] = Convert.ToHexStringLower(stored.PayloadHash);
        line["hash"] = Convert.ToHexStringLower(stored.Hash);
        return line;
    }

    private static JsonNode? Decode(byte[] bytes, IReadOnlyList<string> fields)
    {
        try
        {
            return MessagePackJson.Convert(bytes, fields);
        }
        catch (MessagePackException error)
        {
            return new JsonObject { ["damaged"] = error.Message, ["base64"] = Convert.ToBase64String(bytes) };
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
}
