using System.Diagnostics;

namespace Orchestrator.Replication.Tests.Target;

public sealed class Replica_on_a_full_disk : IDisposable
{
    private readonly string _mount = Directory.CreateTempSubdirectory("full-").FullName;

    public Replica_on_a_full_disk() =>
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", _mount) == 0,
            "needs the right to mount a tmpfs");

    [Fact]
    public void Refuses_batches_for_now_and_takes_them_when_there_is_space_again()
    {
        var source = new SourceModel(95, 200_000);
        using var rig = new ReplicaRig(source, Path.Combine(_mount, "replica"));
        rig.Open();
        source.Scribble(20);
        source.Mark();
        rig.SendAll();
        rig.Drain();
        source.Scribble(30);
        var batches = source.BatchesAfter(rig.Store.Cursor, rig.Session);
        Fill();

        var error = FirstError(rig, batches);

        error!.Code.Should().Be(ErrorCodes.DiskFull);
        error.IsTransient.Should().BeTrue();
        var accepted = rig.Store.Cursor.NextBatch;
        Free();
        FirstError(rig, batches).Should().BeNull();
        rig.Store.Cursor.NextBatch.Should().BeGreaterThan(accepted);
        rig.Reopen();
        rig.Store.Fault.Should().BeNull();
        rig.Store.Cursor.NextBatch.Should().Be(batches[^1].Header.Number + 1);
        source.Mark();
        rig.SendAll();
        rig.Drain();
        rig.CheckPoints();
        rig.CheckApplied();
    }

    [Fact]
    public async Task Goes_on_applying_by_itself_when_there_is_space_again()
    {
        var source = new SourceModel(96, 1_500_000);
        using var rig = new ReplicaRig(source, Path.Combine(_mount, "replica")) { CreditBytes = 1 << 30 };
        rig.Open();
        source.Scribble(250);
        source.Mark();
        rig.SendAll();
        rig.Drain();
        source.Scribble(100);
        source.Mark();
        using var stored = new ManualResetEventSlim();
        rig.Step = s => WaitAt(s, stored);
        rig.SendAll();
        Fill();
        stored.Set();

        SpinWait.SpinUntil(() => rig.Store.Fault is not null, TimeSpan.FromSeconds(60)).Should().BeTrue();

        rig.Store.Fault!.Code.Should().Be(ErrorCodes.DiskFull);
        rig.Store.Fault.IsTransient.Should().BeTrue();
        Free();
        await rig.Store.DrainAsync(source.Sequence, TestContext.Current.CancellationToken);
        rig.Store.Fault.Should().BeNull();
        rig.CheckPoints();
        rig.CheckApplied();
    }

    public void Dispose()
    {
        Run("umount", _mount);
        Directory.Delete(_mount, recursive: true);
    }

    private static ReplicationException? FirstError(ReplicaRig rig, IEnumerable<Batch> batches)
    {
        try
        {
            rig.Send(batches);
            return null;
        }
        catch (ReplicationException e)
        {
            return e;
        }
    }

    private static void WaitAt(string step, ManualResetEventSlim stored)
    {
        if (step == "base.write")
        {
            stored.Wait(TimeSpan.FromSeconds(60));
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    private void Fill()
    {
        using var ballast = File.Create(Path.Combine(_mount, "ballast"));
        try
        {
            while (true)
            {
                ballast.Write(new byte[4096]);
                ballast.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private void Free() => File.Delete(Path.Combine(_mount, "ballast"));
}
