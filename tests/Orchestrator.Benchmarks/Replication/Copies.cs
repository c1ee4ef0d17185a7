using Orchestrator.Replication.Pipeline;

namespace Orchestrator.Benchmarks.Replication;

/// <summary>The timed copies of an image; each ends with a check of the copy.</summary>
internal static class Copies
{
    /// <summary>Seconds until our replica is consistent.</summary>
    public static async Task<double> ReplicateAsync(Scratch scratch, string image, string? seed, ReplicationMode mode)
    {
        var directory = Directory.CreateDirectory(scratch.Fresh("pair")).FullName;
        var copied = seed is null ? null : await DuplicateAsync(seed, Path.Combine(directory, "seed.raw"));
        double seconds;
        string replica;
        await using (var pair = new ReplicationPair(directory, image, copied))
        {
            await pair.ListenAsync();
            seconds = await Rounds.SecondsAsync(() => pair.ReplicateAsync(mode));
            replica = pair.ReplicaPath;
        }

        SampleImage.RequireEqual(image, replica); // Now that both ends have let go of their disks.
        Directory.Delete(directory, recursive: true);
        await Tool.RunAsync("sync");
        return seconds;
    }

    /// <summary>Seconds of a tool that is given image and copy as its last arguments.</summary>
    public static async Task<double> ToolAsync(Scratch scratch, string image, string? seed, string tool, params string[] options)
    {
        var copy = scratch.Fresh("copy");
        if (seed is not null)
        {
            await DuplicateAsync(seed, copy);
        }

        var seconds = await Rounds.SecondsAsync(() => Tool.RunAsync(tool, [.. options, image, copy]));
        SampleImage.RequireEqual(image, copy);
        File.Delete(copy);
        await Tool.RunAsync("sync");
        return seconds;
    }

    public static async Task<string> DuplicateAsync(string from, string to)
    {
        await Tool.RunAsync("cp", "--sparse=always", from, to);
        return to;
    }
}
