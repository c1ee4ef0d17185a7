namespace Orchestrator.Hosting.Tests;

/// <summary>A folder of one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("orchestrator-").FullName;

    internal string this[string name] => System.IO.Path.Combine(Path, name);

    internal string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    internal string Disk(string name, long length)
    {
        using var file = File.Create(this[name]);
        file.SetLength(length);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
