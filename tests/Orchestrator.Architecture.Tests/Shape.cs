using System.Text.RegularExpressions;

namespace Orchestrator.Architecture.Tests;

public sealed partial class Shape
{
    private const int LongestFile = 500;
    private const int LongestLine = 160;

    [Fact]
    public void No_file_is_longer_than_500_lines()
    {
        var longer = Repository.SourceFiles("src", "tests", "samples").Select(path => (path, lines: File.ReadLines(path).Count()))
            .Where(file => file.lines > LongestFile).Select(file => $"{file.path}: {file.lines}");
        longer.Should().BeEmpty();
    }

    [Fact]
    public void No_line_is_longer_than_160_columns()
    {
        var longer = from path in Repository.SourceFiles("src")
                     from line in File.ReadLines(path).Select((text, index) => (text, number: index + 1))
                     where line.text.Length > LongestLine
                     select $"{path}:{line.number}";
        longer.Should().BeEmpty();
    }

    [Fact]
    public void Nothing_is_left_unfinished()
    {
        var found = from path in Repository.SourceFiles("src", "tests", "samples")
                    where !path.EndsWith("Shape.cs", StringComparison.Ordinal)
                    from line in File.ReadLines(path).Select((text, index) => (text, number: index + 1))
                    where Unfinished().IsMatch(line.text)
                    select $"{path}:{line.number}: {line.text.Trim()}";
        found.Should().BeEmpty();
    }

    [Fact]
    public void No_source_leaves_the_deterministic_loop()
    {
        var found = from path in Repository.SourceFiles("src")
                    from line in File.ReadLines(path).Select((text, index) => (text, number: index + 1))
                    where line.text.Contains("ConfigureAwait(false)", StringComparison.Ordinal) && !line.text.TrimStart().StartsWith("//", StringComparison.Ordinal)
                    select $"{path}:{line.number}";
        found.Should().BeEmpty("a continuation on another context escapes the simulation");
    }

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|NotImplementedException)\b")]
    private static partial Regex Unfinished();
}
