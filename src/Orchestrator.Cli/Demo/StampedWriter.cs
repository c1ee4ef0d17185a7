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
    private const int DurableEvery = 64;
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);
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
        // Without stdbuf qemu-io keeps its answers in a buffer while its output is a pipe.
        _client = Tools.Start("stdbuf", ["-oL", "qemu-io", "--image-opts", ImageOptions(new Uri(uri))], redirectInput: true);
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
        await Task.WhenAny(_run, Task.Delay(StopPatience, TimeProvider.System));
        _client.Kill();
        await _run;
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
            if (!Write(isDurable: count % DurableEvery == 0)) return;
        }
    }

    private bool Write(bool isDurable)
    {
        var slots = 1 << _random.Next(0, int.Log2(MostSlots) + 1);
        var slot = _random.Next(0, _area.Slots - slots);
        var (number, content) = _area.Next(slot, slots);
        File.WriteAllBytes(_source, content);
        var offset = _area.Offset + ((long)slot * StampArea.SlotSize);
        var command = string.Create(
            CultureInfo.InvariantCulture, $"write {(isDurable ? "-f " : "")}-s {_source} {offset} {content.Length}");
        if (!Ask(command))
        {
            _area.Withdraw(number);
            return false;
        }

        Interlocked.Exchange(ref _acknowledged, number);
        Interlocked.Add(ref _bytes, content.Length);
        return true;
    }

    /// <summary>Sends one command; a good answer ends with the line that counts the operations.</summary>
    private bool Ask(string command)
    {
        try
        {
            _client.StandardInput.Write(command + "\n");
            _client.StandardInput.Flush();
        }
        catch (IOException error)
        {
            Refusal = error.Message;
            return false;
        }

        while (_client.StandardOutput.ReadLine() is { } line)
        {
            if (line.Contains(" ops; ", StringComparison.Ordinal)) return true;
            if (!line.Contains("failed", StringComparison.Ordinal)) continue;
            Refusal = line.Trim();
            return false;
        }

        Refusal = "qemu-io ended";
        return false;
    }
}
