namespace Orchestrator.Control.Tests.Codecs;

/// <summary>The files that hold what has once been written, in the source tree.</summary>
internal static class GoldenFiles
{
    private const string ApproveVariable = "ORCHESTRATOR_APPROVE_GOLDEN";

    public static string Folder { get; } = Path.Combine(SourceRoot(), "tests", "Orchestrator.Control.Tests", "Codecs", "golden");

    public static string[] Read(string name) => File.ReadAllLines(Path.Combine(Folder, name));

    /// <summary>Compares with the file, byte for byte. A missing file is written when that is asked for; a present one never is.</summary>
    public static void Compare(string name, IEnumerable<string> lines)
    {
        var path = Path.Combine(Folder, name);
        var actual = string.Concat(lines.Select(line => line + "\n"));
        if (!File.Exists(path)) Approve(path, actual);
        File.ReadAllText(path).Should().Be(actual,
            "{0} holds what was written to journals; a change that readers of old journals cannot take needs a new type of event "
            + "(delete the file to approve another content while no journal of it exists)", path);
    }

    private static void Approve(string path, string actual)
    {
        if (Environment.GetEnvironmentVariable(ApproveVariable) != "1")
        {
            throw new Xunit.Sdk.XunitException(
                $"{path} is missing. To approve the bytes of today run this test with {ApproveVariable}=1 and commit the file. It would hold:\n{actual}");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, actual);
    }

    private static string SourceRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Orchestrator.sln"))) return folder.FullName;
        }

        throw new Xunit.Sdk.XunitException($"No Orchestrator.sln above {AppContext.BaseDirectory}: run the tests inside the source tree.");
    }
}
