namespace Orchestrator.Architecture.Tests;

public sealed class Layers
{
    /// <summary>A project may refer only to projects of a lower layer.</summary>
    private static readonly Dictionary<string, int> LayerOf = new(StringComparer.Ordinal)
    {
        ["Orchestrator.Domain"] = 0,
        ["Orchestrator.Actors"] = 0,
        ["Orchestrator.Replication"] = 0,
        ["Orchestrator.Fabric"] = 0,
        ["Orchestrator.Contracts"] = 0,
        ["Orchestrator.Hocon"] = 0,
        ["Orchestrator.MessagePack"] = 0,
        ["Orchestrator.Journal.Sql"] = 1,
        ["Orchestrator.Fabric.Folder"] = 1,
        ["Orchestrator.Control"] = 2,
        ["Orchestrator.Cluster"] = 2,
        ["Orchestrator.TestKit"] = 3,
        ["Orchestrator.Api"] = 3,
        ["Orchestrator.Hosting"] = 4,
        ["Orchestrator.Cli"] = 5,
    };

    [Fact]
    public void Every_project_has_a_layer() =>
        Repository.ProjectReferences().Keys.Should().BeEquivalentTo(LayerOf.Keys);

    [Fact]
    public void Every_reference_goes_to_a_strictly_lower_layer()
    {
        var wrong = from project in Repository.ProjectReferences()
                    from reference in project.Value
                    where LayerOf[reference] >= LayerOf[project.Key]
                    select $"{project.Key} -> {reference}";
        wrong.Should().BeEmpty();
    }

    [Fact]
    public void The_graph_is_the_approved_one()
    {
        var graph = Repository.ProjectReferences().OrderBy(project => project.Key, StringComparer.Ordinal)
            .SelectMany(project => project.Value.Select(reference => $"{project.Key} -> {reference}"));
        var approved = File.ReadAllLines(
            Path.Combine(Repository.Root, "tests/Orchestrator.Architecture.Tests/project-graph.approved.txt"));
        graph.Should().Equal(approved, "a new edge is a decision: change the approved file in the same commit and say why");
    }

    [Theory]
    [InlineData("Orchestrator.Journal.Sql")]
    [InlineData("Orchestrator.Fabric.Folder")]
    public void Only_hosting_names_a_provider(string provider)
    {
        var users = Repository.ProjectReferences().Where(project => project.Value.Contains(provider)).Select(project => project.Key);
        users.Should().Equal("Orchestrator.Hosting");
    }

    [Fact]
    public void The_domain_refers_to_nothing() => Repository.ProjectReferences()["Orchestrator.Domain"].Should().BeEmpty();

    [Fact]
    public void The_top_level_is_fixed()
    {
        string[] expected = ["LICENSE", "Orchestrator.sln", "README.md", "build.fsx", "hocon", "samples", "src", "tests"];
        var present = Directory.EnumerateFileSystemEntries(Repository.Root).Select(Path.GetFileName)
            .Where(name => !name!.StartsWith('.')).Order(StringComparer.Ordinal);
        present.Should().Equal(expected);
    }
}
