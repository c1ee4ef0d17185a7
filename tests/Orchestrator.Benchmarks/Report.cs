using System.Globalization;

namespace Orchestrator.Benchmarks;

/// <summary>Prints the tables and counts their rows.</summary>
internal sealed class Report
{
    /// <summary>How many rows were printed.</summary>
    public int Rows { get; private set; }

    public static void Line(string text) => Console.WriteLine(text);

    /// <summary>Prints a table; the first column is text, the others are aligned to the right.</summary>
    public void Table(string title, string[] headers, IReadOnlyList<string[]> rows)
    {
        Console.WriteLine();
        Console.WriteLine(title);
        var widths = headers.Select((header, column) => rows.Select(row => row[column].Length).Append(header.Length).Max()).ToArray();
        foreach (var row in rows.Prepend(headers))
        {
            Console.WriteLine("  " + string.Join("  ", row.Select((cell, column) =>
                column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))));
        }

        Rows += rows.Count;
    }

    public static string Number(double value) =>
        value.ToString(value >= 100 ? "N0" : value >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture);

    public static string Ratio(double value) => value.ToString("F2", CultureInfo.InvariantCulture) + "x";

    /// <summary>How far apart the rounds of the least steady contender were, in percent of its median.</summary>
    public static string Spread(params IEnumerable<Series> series) =>
        series.Max(s => s.Spread).ToString("P0", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);
}

/// <summary>The figures of one contender over the rounds.</summary>
internal sealed record Series(double[] Values)
{
    public double Median => Values.Order().ElementAt(Values.Length / 2);

    public double Spread => (Values.Max() - Values.Min()) / Median;
}
