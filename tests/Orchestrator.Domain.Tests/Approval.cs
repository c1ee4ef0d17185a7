namespace Orchestrator.Domain.Tests;

/// <summary>Compares a text with the one a reviewer has approved.</summary>
internal static class Approval
{
    public static void Verify(string name, string received)
    {
        var approved = Path.Combine(AppContext.BaseDirectory, "Approved", $"{name}.approved.txt");
        if (File.Exists(approved) && File.ReadAllText(approved) == received) return;
        var path = Path.Combine(Path.GetTempPath(), $"{name}.received.txt");
        File.WriteAllText(path, received);
        Assert.Fail($"{name} is not as approved. Compare, and approve it if it is right, from the repository's root:"
            + $"\n  diff tests/Orchestrator.Domain.Tests/{name}.approved.txt {path}"
            + $"\n  cp {path} tests/Orchestrator.Domain.Tests/{name}.approved.txt");
    }
}
