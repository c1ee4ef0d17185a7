using Microsoft.Data.Sqlite;
using Orchestrator.Contracts;

namespace Orchestrator.EndToEnd.Tests.Nodes;

public sealed class Damaged_files
{
    [Fact]
    public async Task Of_a_change_log_are_detected_and_repaired_by_a_resync()
    {
        await using var lab = new Lab();
        var node = await lab.ProtectedAsync();
        await lab.WriteAsync(node, 0xF1, [.. Enumerable.Range(200, 100)]);
        await node.KillAsync(); // What was written last is still in the log only.
        FlipTheLog(lab.PathOf("primary", Lab.Machine, "source", "log"));
        await node.StartAsync();
        await lab.WriteAsync(node, 0xF2, 50);
        await lab.UntilPointAsync(node, "replication after the resync");
        var entries = await node.DoAsync<List<JournalEntryView>>("journal", "show", Lab.Machine);
        entries.Should().Contain(entry => entry.Text.Contains("ORC2010"), "the damage is on record");
        var job = await node.OperateAsync("failover", Lab.Machine, "--kind", "planned");
        job.Tasks.Should().Contain(task => task.Name == "VerifyReplica" && task.State == "Succeeded");
        await lab.ShouldBeEqualAsync(node, "after the resync");
    }

    [Fact]
    public async Task Of_the_journal_are_named_and_the_other_machines_go_on()
    {
        await using var lab = new Lab();
        var node = await lab.ProtectedAsync();
        var other = lab.PathOf("other.img");
        File.WriteAllBytes(other, new byte[1 << 20]);
        await node.OperateAsync("protect", "zeta", "--disk", other);
        await node.UntilAsync("zeta", "a second machine", "Protected", s => s.State == "Protected");
        await node.StopAsync();
        const long Damaged = 2;
        FlipAnEvent(lab.PathOf("node", "journal.db"), Damaged);
        await node.StartAsync();

        var verify = await node.VerbAsync("journal", "verify", "--json");
        verify.Code.Should().Be(1, verify.All);
        var damage = System.Text.Json.JsonSerializer.Deserialize<JournalVerification>(verify.Out, Wire.Json)!.Damage!;
        (damage.Entity, damage.Sequence).Should().Be((Lab.Machine, Damaged));
        await node.UntilAsync("zeta", "the machine whose journal is good", "it replicates", s => s is { Health: "Normal", Replication.Phase: "Delta" });
        (await node.DoAsync<List<JobView>>("jobs")).Should().Contain(job => job.Machine == "zeta"); // The read models keep what they read of the other before.
        await node.OperateAsync("failover", "zeta", "--kind", "planned");
        var refusal = await node.RefusedAsync(1, "journal", "show", Lab.Machine);
        refusal.Message.Should().Contain($"Event {Damaged} of machine {Lab.Machine}");
        (await node.RefusedAsync(1, "commit", Lab.Machine)).Code.Should().Be(refusal.Code);
    }

    /// <summary>Flips bytes in the middle of the used part of the segment that holds most.</summary>
    private static void FlipTheLog(string directory)
    {
        var flipped = 0;
        foreach (var path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Where(path => new FileInfo(path).Length >= 4 << 20))
        {
            var content = File.ReadAllBytes(path);
            var used = 1 + content.AsSpan().LastIndexOfAnyExcept((byte)0);
            if (used < 64 << 10) continue;
            for (var at = used / 2; at < (used / 2) + 64; at++) content[at] ^= 0xFF;
            File.WriteAllBytes(path, content);
            flipped++;
        }

        flipped.Should().BePositive("there is to be a log to damage in {0}", directory);
    }

    private static void FlipAnEvent(string journal, long sequence)
    {
        using var connection = new SqliteConnection($"Data Source={journal};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "DROP TRIGGER journal_no_update; UPDATE journal SET payload = $payload WHERE id = $row;";
        using (var find = connection.CreateCommand())
        {
            find.CommandText = "SELECT j.id, j.payload FROM journal j JOIN entity e ON e.id = j.entity WHERE e.name = $name AND j.seq = $sequence";
            find.Parameters.AddWithValue("$name", Lab.Machine);
            find.Parameters.AddWithValue("$sequence", sequence);
            using var row = find.ExecuteReader();
            row.Read().Should().BeTrue();
            var payload = (byte[])row[1];
            payload[0] ^= 0xFF;
            command.Parameters.AddWithValue("$payload", payload);
            command.Parameters.AddWithValue("$row", row.GetInt64(0));
        }

        command.ExecuteNonQuery();
    }
}
