using Orchestrator.Actors.Supervision;
using Orchestrator.TestKit;

namespace Orchestrator.Actors.Tests.Supervision;

public sealed class SupervisionTests
{
    private static readonly RestartPolicy Exact = new()
    {
        MinBackoff = TimeSpan.FromSeconds(1), MaxBackoff = TimeSpan.FromSeconds(5), Jitter = 0, ResetAfter = TimeSpan.FromMinutes(1),
    };

    [Fact]
    public async Task Doubles_the_back_off_up_to_its_cap()
    {
        await using var kit = new ActorTestKit();
        var starts = new List<double>();
        var actor = Fragile(kit, starts, Exact);

        for (var i = 0; i < 5; i++)
        {
            actor.Tell("fail");
            await kit.AdvanceAsync(TimeSpan.FromSeconds(10));
        }

        // Failures at 0, 10, 20, 30, 40 s, restarts after 1, 2, 4, 5, 5 s.
        starts.Should().Equal(0, 1, 12, 24, 35, 45);
    }

    [Fact]
    public async Task Starts_the_back_off_anew_after_a_stable_time()
    {
        await using var kit = new ActorTestKit();
        var starts = new List<double>();
        var actor = Fragile(kit, starts, Exact);

        actor.Tell("fail");
        await kit.AdvanceAsync(TimeSpan.FromSeconds(10));
        actor.Tell("fail");
        await kit.AdvanceAsync(TimeSpan.FromSeconds(90));
        actor.Tell("fail");
        await kit.AdvanceAsync(TimeSpan.FromSeconds(10));

        starts.Should().Equal(0, 1, 12, 101);
    }

    [Fact]
    public async Task Keeps_what_waits_over_a_restart()
    {
        await using var kit = new ActorTestKit();
        var handled = new List<string>();
        var actor = kit.System.Spawn("a", () => new Scripted<string>((message, _) =>
        {
            if (message == "fail")
                throw new InvalidOperationException("told to");

            handled.Add(message);
        }), Exact);

        actor.Tell("fail");
        actor.Tell("one");
        actor.Tell("two");
        await kit.AdvanceAsync(TimeSpan.FromSeconds(0.9));
        handled.Should().BeEmpty();
        await kit.AdvanceAsync(TimeSpan.FromSeconds(0.2));

        handled.Should().Equal("one", "two");
    }

    [Fact]
    public async Task Stops_for_good_after_the_last_restart()
    {
        await using var kit = new ActorTestKit();
        var starts = new List<double>();
        var actor = Fragile(kit, starts, Exact with { MaxRestarts = 2 });

        for (var i = 0; i < 4; i++)
        {
            actor.Tell("fail");
            await kit.AdvanceAsync(TimeSpan.FromSeconds(10));
        }

        starts.Should().HaveCount(3);
        actor.WhenStopped.IsCompleted.Should().BeTrue();
        kit.Events.OfType<KernelEvent.ActorFailed>().Select(failed => failed.RestartIn?.TotalSeconds).Should().Equal(1, 2, null);
    }

    [Fact]
    public async Task Discards_the_instance_and_its_timers()
    {
        await using var kit = new ActorTestKit();
        var log = new List<string>();
        var actor = kit.System.Spawn("a", () => new Scripted<string>((message, context) =>
        {
            log.Add(message);
            if (message == "arm")
                context.StartTimer("t", TimeSpan.FromSeconds(3), "tick");
            else if (message == "fail")
                throw new InvalidOperationException("told to");

            return default;
        }, () => log.Add("start"), () => log.Add("stop")), Exact);

        actor.Tell("arm");
        actor.Tell("fail");
        await kit.AdvanceAsync(TimeSpan.FromSeconds(10));

        log.Should().Equal("start", "arm", "fail", "stop", "start");
    }

    [Fact]
    public void Varies_the_back_off_within_its_jitter()
    {
        var policy = Exact with { Jitter = 0.2 };

        policy.Delay(1, 0).Should().Be(TimeSpan.FromSeconds(0.8));
        policy.Delay(1, 0.5).Should().Be(TimeSpan.FromSeconds(1));
        policy.Delay(1, 0.999999).Should().BeCloseTo(TimeSpan.FromSeconds(1.2), TimeSpan.FromMilliseconds(1));
        policy.Delay(1000, 0.5).Should().Be(TimeSpan.FromSeconds(5));
    }

    private static ActorRef<string> Fragile(ActorTestKit kit, List<double> starts, RestartPolicy policy) =>
        kit.System.Spawn("fragile", () => new Scripted<string>(
            (message, _) => message == "fail" ? throw new InvalidOperationException("told to") : default,
            () => starts.Add(kit.Time.Elapsed.TotalSeconds)), policy);
}
