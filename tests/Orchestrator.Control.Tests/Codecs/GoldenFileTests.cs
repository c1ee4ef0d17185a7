using System.Diagnostics;
using System.Globalization;
using Orchestrator.Actors.Persistence;
using Orchestrator.Control.Codecs;
using Orchestrator.Control.Machines;

namespace Orchestrator.Control.Tests.Codecs;

/// <summary>The bytes of every event are those of the version that introduced it, and others can read them.</summary>
public sealed class GoldenFileTests
{
    private const string Python = "/usr/bin/python3";

    /// <summary>Prints for each payload (hex, one a line) the type and the number of its fields, and the payload packed again.</summary>
    private const string Script =
        """
        import sys, msgpack
        for line in sys.stdin:
            v = msgpack.unpackb(bytes.fromhex(line.strip()), raw=False, timestamp=0)
            print(type(v).__name__, len(v), msgpack.packb(v, use_bin_type=True).hex())
        """;

    private static readonly MachineEventCodec Codec = new();

    [Fact]
    public void Numbers_and_names_are_those_of_the_table() =>
        GoldenFiles.Compare("types.txt", Codec.TypeIds.Select(typeId => $"{typeId} {Codec.NameOf(typeId)}"));

    [Fact]
    public void Every_event_is_written_as_it_was_first_written()
    {
        foreach (var type in EventSamples.EventTypes)
        {
            var stored = EventSamples.Of(type).Select(Codec.Encode).ToArray();
            GoldenFiles.Compare(FileOf(stored[0].TypeId), stored.Select(one => Convert.ToHexStringLower(one.Payload)));
        }
    }

    [Fact]
    public void Every_golden_file_is_read_as_its_samples()
    {
        foreach (var type in EventSamples.EventTypes)
        {
            var samples = EventSamples.Of(type).ToArray();
            var typeId = Codec.Encode(samples[0]).TypeId;
            var events = GoldenFiles.Read(FileOf(typeId)).Select(line => Codec.Decode(typeId, 1, Convert.FromHexString(line)));
            events.Should().Equal(samples);
        }
    }

    [Fact]
    public void Every_golden_file_of_every_version_means_something_today()
    {
        var events = new MachineEvents(Codec);
        var files = Directory.GetFiles(GoldenFiles.Folder, "*.hex");
        files.Should().HaveCountGreaterThanOrEqualTo(Codec.TypeIds.Count, "a version that was once written stays readable for ever");
        foreach (var file in files)
        {
            var (typeId, version) = TypeOf(Path.GetFileNameWithoutExtension(file));
            foreach (var line in File.ReadAllLines(file))
            {
                events.Invoking(all => all.Decode(Stored(typeId, version, Convert.FromHexString(line)))).Should().NotThrow("{0} is in journals", file);
            }
        }
    }

    [Fact]
    public async Task Python_reads_every_golden_file_and_writes_the_same_bytes()
    {
        var lines = Directory.GetFiles(GoldenFiles.Folder, "*.hex").Order().SelectMany(File.ReadAllLines).ToArray();

        var answers = await RunAsync(lines);

        answers.Should().Equal(lines.Select(line => $"list {Convert.FromHexString(line)[0] & 0x0f} {line}"));
    }

    /// <summary>The number of a type stays, and only the version in its name goes up.</summary>
    private static (int TypeId, short Version) TypeOf(string name)
    {
        var dot = name.LastIndexOf(".v", StringComparison.Ordinal);
        var typeId = Codec.TypeIds.Single(id => Codec.NameOf(id).StartsWith(name[..(dot + 2)], StringComparison.Ordinal));
        return (typeId, short.Parse(name[(dot + 2)..], CultureInfo.InvariantCulture));
    }

    private static JournalEvent Stored(int typeId, short version, byte[] payload) =>
        new(new PersistenceId(MachineActor.Kind, "web-1"), 1, 1, typeId, version, default, [], payload, [], []);

    private static string FileOf(int typeId) => $"{Codec.NameOf(typeId)}.hex";

    private static async Task<string[]> RunAsync(string[] input)
    {
        if (!File.Exists(Python)) throw new Xunit.Sdk.XunitException($"{Python} does not exist: install python3 and python3-msgpack.");
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromMinutes(2));
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(timeout.Token), process.StandardError.ReadToEndAsync(timeout.Token));
        try
        {
            await process.StandardInput.WriteAsync(string.Join('\n', input).AsMemory(), timeout.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(timeout.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        process.ExitCode.Should().Be(0, "python said: {0} (python3-msgpack is needed)", await error);
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
