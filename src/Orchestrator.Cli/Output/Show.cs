using System.Globalization;
using System.Text.Json;
using Orchestrator.Contracts;
using Spectre.Console;

namespace Orchestrator.Cli.Output;

/// <summary>How results reach the terminal: tables for people, JSON for programs.</summary>
internal static class Show
{
    public static void Json<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Wire.Indented));

    public static void Error(ErrorView error, bool json)
    {
        if (json)
        {
            Console.Error.WriteLine(JsonSerializer.Serialize(error, Wire.Indented));
            return;
        }

        Console.Error.WriteLine($"{error.Code}: {error.Message}");
        if (error.Advice is { Length: > 0 } advice) Console.Error.WriteLine($"  {advice}");
        if (error.Allowed.Count > 0) Console.Error.WriteLine($"  Allowed now: {string.Join(", ", error.Allowed)}");
    }

    public static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in columns) table.AddColumn(Markup.Escape(column));
        return table;
    }

    public static void Row(this Table table, params string?[] cells) =>
        table.AddRow(cells.Select(cell => Markup.Escape(cell ?? "")).ToArray());

    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {units[unit]}");
    }

    public static string Span(TimeSpan? span) => span switch
    {
        null => "-",
        { TotalMinutes: >= 60 } s => string.Create(CultureInfo.InvariantCulture, $"{s.TotalHours:0.0} h"),
        { TotalSeconds: >= 60 } s => string.Create(CultureInfo.InvariantCulture, $"{s.TotalMinutes:0.0} min"),
        { } s => string.Create(CultureInfo.InvariantCulture, $"{s.TotalSeconds:0.0} s"),
    };

    public static string Time(DateTimeOffset? time) =>
        time?.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture) ?? "-";

    public static Color HealthColor(string health) => health switch
    {
        "Normal" => Color.Green,
        "Warning" => Color.Yellow,
        _ => Color.Red,
    };
}
