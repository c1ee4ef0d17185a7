using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Cli.Demo;

/// <summary>
/// The machine's workload: qemu-io attached over NBD, told one stamped write after the other. It reconnects by itself when the
/// node dies, and a write counts as acknowledged when qemu-io says that it was written.
/// </summary>
internal sealed class StampedWriter : IAsyncDisposable
{
    private const int MostSlots = 16;
    private const int FlushEvery = 64;
    private readonly StampArea _area;
    private readonly string _source;
    private readonly Process _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly Random _random;
    private readonly Task _run;
    private long _acknowledged;
    private long _bytes;

    public StampedWriter(StampArea area, string uri, string scratch, int seed)
    {
        _area = area;
        _source = Path.Combine(scratch, $"stamp-{seed}.bin");
        _random = new Random(seed);
        _client = Tools.Start("qemu-io", ["--image-opts", ImageOptions(new Uri(uri))], redirectInput: true);
        _run = Task.Factory.StartNew(Run, TaskCreationOptions.LongRunning);
    }

    /// <summary>The number of the last write that was answered.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>The bytes answered.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What the client said when a write failed; null while it writes.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Completes when writing has ended: stopped, or refused by the disk.</summary>
    public Task Ended => _run;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _client.Kill();
        await _client.WaitForExitAsync();
        _client.Dispose();
        _stop.Dispose();
        File.Delete(_source);
    }

    private static string ImageOptions(Uri uri)
    {
        var socket = System.Web.HttpUtility.ParseQueryString(uri.Query)["socket"];
        return $"driver=raw,file.driver=nbd,file.server.type=unix,file.server.path={socket}," +
            $"file.export={Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'))},file.reconnect-delay=60";
    }

    private void Run()
    {
        for (var count = 1; !_stop.IsCancellationRequested; count++)
        {
            if (!Write() || (count % FlushEvery == 0 && !Ask("flush", answer: null))) return;
        }
    }

    private bool Write()
    {
        var slots = 1 << _random.Next(0, BitCount(MostSlots) + 1);
        var slot = _random.Next(0, _area.Slots - slots);
        var (number, content) = _area.Next(slot, slots);
        File.WriteAllBytes(_source, content);
        var offset = _area.Offset + ((long)slot * StampArea.SlotSize);
        if (!Ask(string.Create(CultureInfo.InvariantCulture, $"write -s {_source} {offset} {content.Length}"), "wrote ")) return false;
        Interlocked.Exchange(ref _acknowledged, number);
        Interlocked.Add(ref _bytes, content.Length);
        return true;
    }

    private static int BitCount(int power) => int.Log2(power);

    /// <summary>Sends one command; its answer ends at the next prompt.</summary>
    private bool Ask(string command, string? answer)
    {
        _client.StandardInput.Write(command + "\nhelp quit\n");
        _client.StandardInput.Flush();
        var good = answer is null;
        while (_client.StandardOutput.ReadLine() is { } line)
        {
            if (answer is not null && line.Contains(answer, StringComparison.Ordinal)) good = true;
            if (line.Contains("failed", StringComparison.Ordinal) || line.Contains("error", StringComparison.OrdinalIgnoreCase)) Refusal = line.Trim();
            if (line.Contains("exit the program", StringComparison.Ordinal)) return good && Refusal is null;
        }

        Refusal ??= _client.StandardError.ReadToEnd().Trim();
        return false;
    }
}
