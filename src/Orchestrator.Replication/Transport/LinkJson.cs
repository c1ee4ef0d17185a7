using System.Text.Json.Serialization;
using Orchestrator.Replication.Target;

namespace Orchestrator.Replication.Transport;

/// <summary>The JSON of the link's small messages.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(ReplicaCursor))]
[JsonSerializable(typeof(WireError))]
internal sealed partial class LinkJson : JsonSerializerContext;
