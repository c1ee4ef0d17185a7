using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Orchestrator.Tests.Shared;

/// <summary>A PostgreSQL server of this process alone: own data, own port and socket, fsync and checksums on; gone with the process.</summary>
/// <remarks>
/// The server runs as user postgres where we are root, because it refuses root. A small shell beside it waits for the end of our
/// standard output to it: however this process dies, the server is stopped and its folder removed.
/// </remarks>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string Password = "correct horse battery staple";

    private const string Guard = """
        "$@" > /dev/null & server=$!
        read -r word
        kill -INT $server 2> /dev/null
        wait $server
        [ "$word" = keep ] || rm -rf "$CLUSTER_ROOT"
        """;

    private static readonly Lazy<Task<PostgresCluster>> SharedCluster = new(StartSharedAsync);
    private static int _databases;
    private readonly string _root;
    private readonly int _port;
    private readonly StringBuilder _log = new();
    private Process? _guard;

    private PostgresCluster(string root, int port) => (_root, _port) = (root, port);

    /// <summary>The folder of the server's own files.</summary>
    public string Data => Path.Combine(_root, "data");

    /// <summary>The address tests connect to.</summary>
    public string Address => $"127.0.0.1:{_port}";

    /// <summary>The one cluster of this process, for tests that do not stop or damage it.</summary>
    public static Task<PostgresCluster> SharedAsync() => SharedCluster.Value;

    /// <summary>Starts a cluster of the caller's own.</summary>
    /// <param name="settings">Lines for postgresql.conf.</param>
    public static async Task<PostgresCluster> CreateAsync(params string[] settings)
    {
        var cluster = new PostgresCluster(Directory.CreateTempSubdirectory("orchestrator-postgres-").FullName, FreePort());
        try
        {
            await cluster.InitializeAsync(settings);
            await cluster.StartAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>How to connect as the superuser.</summary>
    public NpgsqlConnectionStringBuilder ConnectionTo(string database) => new()
    {
        Host = "127.0.0.1", Port = _port, Username = "postgres", Password = Password, Database = database, Pooling = false,
    };

    /// <summary>Makes an empty database.</summary>
    public async Task<PostgresDatabase> CreateDatabaseAsync()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync("postgres", $"CREATE DATABASE {name}");
        return new PostgresDatabase(this, name);
    }

    /// <summary>Runs statements as the superuser, each in a transaction of its own.</summary>
    public async Task ExecuteAsync(string database, params string[] statements)
    {
        await using var connection = new NpgsqlConnection(ConnectionTo(database).ConnectionString);
        await connection.OpenAsync();
        foreach (var statement in statements)
        {
#pragma warning disable CA2100 // The texts are those of the tests.
            await using var command = new NpgsqlCommand(statement, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Starts the server and waits until it accepts connections.</summary>
    public async Task StartAsync()
    {
        var info = Run(Guard, [Binary("postgres"), "-D", Data]);
        info.RedirectStandardInput = true;
        info.RedirectStandardError = true;
        info.Environment["CLUSTER_ROOT"] = _root;
        _guard = Process.Start(info)!;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _guard.ErrorDataReceived += (_, line) => Observe(line.Data, ready);
        _guard.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Stops the server; "immediate" as a crash does, "fast" with a checkpoint.</summary>
    public async Task StopAsync(string mode)
    {
        await RunToEndAsync("\"$@\"", Binary("pg_ctl"), "stop", "-D", Data, "-m", mode, "-w");
        await EndGuardAsync("keep");
    }

    public async ValueTask DisposeAsync()
    {
        if (_guard is not null)
        {
            await EndGuardAsync("");
        }
        else if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    private static async Task<PostgresCluster> StartSharedAsync()
    {
        var cluster = await CreateAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(10));
        return cluster;
    }

    private async Task InitializeAsync(string[] settings)
    {
        var password = Path.Combine(_root, "password");
        await File.WriteAllTextAsync(password, Password);
        if (Environment.UserName == "root")
        {
            await RunToEndAsync("chown -R postgres \"$CLUSTER_ROOT\"; exit $?", asOurselves: true);
        }

        await RunToEndAsync("\"$@\"", Binary("initdb"), "-D", Data, "-U", "postgres", $"--pwfile={password}", "--auth-local=trust",
            "--auth-host=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--locale=C", "--no-sync");
        await File.AppendAllLinesAsync(Path.Combine(Data, "postgresql.conf"),
        [
            "listen_addresses = '127.0.0.1'", $"port = {_port}", $"unix_socket_directories = '{_root}'", "fsync = on",
            "log_checkpoints = off", "logging_collector = off", .. settings,
        ]);
        await File.AppendAllLinesAsync(Path.Combine(Data, "pg_hba.conf"), ["host all all samenet scram-sha-256"]);
    }

    private void Observe(string? line, TaskCompletionSource ready)
    {
        if (line is null)
        {
            ready.TrySetException(new InvalidOperationException($"The PostgreSQL server did not start: {_log}"));
            return;
        }

        _log.AppendLine(line);
        if (line.Contains("ready to accept connections", StringComparison.Ordinal))
        {
            ready.TrySetResult();
        }
    }

    private async Task EndGuardAsync(string word)
    {
        var guard = _guard!;
        _guard = null;
        await guard.StandardInput.WriteLineAsync(word);
        guard.StandardInput.Close();
        await guard.WaitForExitAsync();
        guard.Dispose();
    }

    private Task RunToEndAsync(string script, params string[] arguments) => RunToEndAsync(script, false, arguments);

    private async Task RunToEndAsync(string script, bool asOurselves, params string[] arguments)
    {
        var info = Run(script, arguments, asOurselves);
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        info.Environment["CLUSTER_ROOT"] = _root;
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', arguments)} failed: {error} {await output}");
        }
    }

    private static ProcessStartInfo Run(string script, string[] arguments, bool asOurselves = false)
    {
        string[] other = Environment.UserName == "root" && !asOurselves
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
            : [];
        return new ProcessStartInfo("/bin/sh", ["-c", script, "sh", .. other, .. arguments]) { WorkingDirectory = "/" };
    }

    /// <summary>Debian keeps the programs of each version in a folder of its own, outside of PATH.</summary>
    private static string Binary(string name)
    {
        const string Debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(Debian) ? Directory.GetDirectories(Debian) : [];
        var found = versions.OrderByDescending(static v => int.TryParse(Path.GetFileName(v), out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin", name))
            .Concat($"{Environment.GetEnvironmentVariable("PATH")}".Split(':').Select(directory => Path.Combine(directory, name)))
            .FirstOrDefault(File.Exists);
        return found ?? throw new InvalidOperationException(
            $"PostgreSQL's {name} is missing. `dotnet fsi build.fsx test` installs it, or: apt-get install postgresql");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
