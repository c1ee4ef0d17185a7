using System.Diagnostics;
using FsCheck.Fluent;

namespace Orchestrator.MessagePack.Tests;

/// <summary>Two implementations that share no code must agree on every byte, in both directions.</summary>
public sealed class PythonCrossCheckTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task Python_reads_what_we_write_and_writes_the_same_bytes()
    {
        var values = Generate.PortableValue.Sample(400, 30).Concat(Boundaries).ToArray();
        var encoded = values.Select(value => Wire.Hex(value.Encode())).ToArray();

        var answers = await RunAsync(encoded, "decode");

        answers.Should().HaveCount(values.Length);
        for (var i = 0; i < values.Length; i++)
            answers[i].Should().Be($"{values[i].Notation} {encoded[i]}");
    }

    [Fact]
    public async Task We_read_what_Python_writes_and_write_the_same_bytes()
    {
        var lines = await RunAsync([], "generate", "20250131", "600");

        lines.Should().HaveCount(600);
        foreach (var line in lines)
        {
            var (packed, notation) = (line[..line.IndexOf(' ', StringComparison.Ordinal)], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            var value = Value.Decode(Wire.Bytes(packed));
            value.Notation.Should().Be(notation);
            Wire.Hex(value.Encode()).Should().Be(packed);
        }
    }

    [Fact]
    public async Task Python_reads_our_numbers_of_32_bits()
    {
        var answers = await RunAsync([Wire.EncodeHex((ref w) => w.Write(1.5f))], "decode");
        answers.Should().Equal("d3ff8000000000000 cb3ff8000000000000");
    }

    [Fact]
    public async Task Python_reads_a_contract()
    {
        var data = Wire.Hex(MessagePackSerializer.Serialize(Machine.Example));
        var answers = await RunAsync([data], "decode");
        answers.Should().Equal($"{Value.Decode(Wire.Bytes(data)).Notation} {data}");
    }

    private static IEnumerable<Value> Boundaries =>
        from power in Enumerable.Range(0, 64)
        from near in new[] { -1, 0, 1 }
        from sign in new[] { 1, -1 }
        let number = sign * ((Int128.One << power) + near)
        where number >= long.MinValue
        select (Value)new Value.Int(number);

    private static async Task<string[]> RunAsync(IEnumerable<string> input, params string[] arguments)
    {
        await RequirePythonAsync();
        var (exitCode, output, error) = await StartAsync(["-c", Script(), .. arguments], string.Join('\n', input));
        exitCode.Should().Be(0, "cross_check.py said: {0}", error);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task RequirePythonAsync()
    {
        const string Advice = "python3-msgpack is missing: run `dotnet fsi build.fsx test`, which installs python3-msgpack.";
        if (!File.Exists(Python)) throw new Xunit.Sdk.XunitException($"{Python} does not exist. {Advice}");
        var (exitCode, _, error) = await StartAsync(["-c", "import msgpack"], "");
        if (exitCode != 0) throw new Xunit.Sdk.XunitException($"{Advice} ({error.Trim()})");
    }

    private static async Task<(int ExitCode, string Output, string Error)> StartAsync(string[] arguments, string input)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromMinutes(2));
        var start = new ProcessStartInfo(Python, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), timeout.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static string Script()
    {
        using var stream = typeof(PythonCrossCheckTests).Assembly.GetManifestResourceStream("cross_check.py")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
