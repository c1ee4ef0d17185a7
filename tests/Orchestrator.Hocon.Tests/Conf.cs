namespace Orchestrator.Hocon.Tests;

/// <summary>Short ways to parse and to expect errors.</summary>
internal static class Conf
{
    public static HoconObject Parse(string text, params (string Name, string Value)[] environment) =>
        (HoconObject)HoconParser.Parse(text, "test.conf", WithEnvironment(environment));

    public static HoconOptions WithEnvironment(params (string Name, string Value)[] environment) => new()
    {
        Environment = name => environment.Where(e => e.Name == name).Select(e => e.Value).FirstOrDefault(),
    };

    public static HoconException Error(string text) =>
        FluentActions.Invoking(() => HoconParser.Parse(text, "test.conf")).Should().Throw<HoconException>(text).Which;

    /// <summary>JSON, read by .NET and not by the parser under test.</summary>
    public static HoconValue Json(string json) => FromJson(System.Text.Json.JsonDocument.Parse(json).RootElement);

    public static HoconValue FromJson(System.Text.Json.JsonElement json) => json.ValueKind switch
    {
        System.Text.Json.JsonValueKind.Object => new HoconObject(
            json.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, FromJson(p.Value))), HoconOrigin.None),
        System.Text.Json.JsonValueKind.Array => new HoconArray(json.EnumerateArray().Select(FromJson), HoconOrigin.None),
        System.Text.Json.JsonValueKind.String => Scalar(HoconScalarKind.Text, json.GetString()!),
        System.Text.Json.JsonValueKind.Number => Scalar(HoconScalarKind.Number, json.GetRawText()),
        System.Text.Json.JsonValueKind.Null => Scalar(HoconScalarKind.Null, "null"),
        _ => Scalar(HoconScalarKind.Boolean, json.GetRawText()),
    };

    public static HoconScalar Scalar(HoconScalarKind kind, string text) => new(kind, text, HoconOrigin.None);

    public static void ShouldMean(this string hocon, string json) =>
        HoconRenderer.Render(HoconParser.Parse(hocon, "test.conf"), json: true).Should().Be(HoconRenderer.Render(Json(json), json: true), hocon);
}
