using System.Text;
using Orchestrator.Actors.Projections;

namespace Orchestrator.Journal.Sql.Tests.Projections;

/// <content>Pages, and versions beside each other.</content>
public abstract partial class ProjectionStoreContract
{
    [Fact]
    public async Task Rows_come_by_prefix_and_page_both_ways()
    {
        await Store.RegisterAsync(One, None);
        string[] keys = ["a/1", "a/10", "a/2", "a/3", "a", "a0", "b/1", "B/1"];
        await CommitAsync(One, 0, 0, 1, [.. keys.Select(key => Put(key, key))]);

        (await KeysAsync(new RowQuery("a/", 10))).Should().Equal("a/1", "a/10", "a/2", "a/3");
        (await KeysAsync(new RowQuery("a/", 2))).Should().Equal("a/1", "a/10");
        (await KeysAsync(new RowQuery("a/", 2, "a/10"))).Should().Equal("a/2", "a/3");
        (await KeysAsync(new RowQuery("a/", 2, "a/3"))).Should().BeEmpty();
        (await KeysAsync(new RowQuery("a/", 3, null, Descending: true))).Should().Equal("a/3", "a/2", "a/10");
        (await KeysAsync(new RowQuery("a/", 3, "a/10", Descending: true))).Should().Equal("a/1");
        (await KeysAsync(new RowQuery("", 100))).Should().Equal(keys.Order(StringComparer.Ordinal));
        (await KeysAsync(new RowQuery("c", 100))).Should().BeEmpty();
    }

    [Fact]
    public async Task Rows_are_found_by_their_keys()
    {
        await Store.RegisterAsync(One, None);
        await CommitAsync(One, 0, 0, 1, Put("a", "1"), Put("b", "2"));

        (await Store.FindAsync(One, ["a", "c", "a"], None)).ToDictionary(row => row.Key, row => Encoding.UTF8.GetString(row.Value))
            .Should().BeEquivalentTo(new Dictionary<string, string> { ["a"] = "1" });
    }

    [Fact]
    public async Task The_first_version_is_active_at_once_and_registering_again_changes_nothing()
    {
        (await Store.RegisterAsync(One, None)).Should().Be(ProjectionStanding.Active);
        await CommitAsync(One, 0, 0, 1, Put("a", "1"));

        (await Store.RegisterAsync(One, None)).Should().Be(ProjectionStanding.Active);
        (await TextAsync("a")).Should().Be("1");
        (await Store.ActivateAsync(One, None)).Should().BeTrue();
        (await TextAsync("a")).Should().Be("1");
    }

    [Fact]
    public async Task A_new_version_is_built_beside_the_old_one_and_readers_see_the_old_one_until_the_swap()
    {
        await Store.RegisterAsync(One, None);
        await CommitAsync(One, 0, 0, 2, Put("a", "old"), Put("gone", "old"));

        (await Store.RegisterAsync(Two, None)).Should().Be(ProjectionStanding.Building);
        await CommitAsync(Two, 0, 0, 2, Put("a", "new"));
        (await TextAsync("a")).Should().Be("old");
        (await Store.FindAsync(Two, ["a"], None)).Should().ContainKey("a");

        (await Store.ActivateAsync(Two, None)).Should().BeTrue();
        (await TextAsync("a")).Should().Be("new");
        (await KeysAsync(new RowQuery("", 10))).Should().Equal("a");
        (await Store.FindAsync(One, ["a", "gone"], None)).Should().BeEmpty("the rows of the old version are dropped");
        (await Store.ReadOffsetsAsync(One, None)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_version_that_is_behind_in_any_shard_is_not_activated()
    {
        await Store.RegisterAsync(One, None);
        await CommitAsync(One, 0, 0, 5, Put("a", "old"));
        await CommitAsync(One, 7, 0, 1);
        await Store.RegisterAsync(Two, None);
        await CommitAsync(Two, 0, 0, 9, Put("a", "new"));

        (await Store.ActivateAsync(Two, None)).Should().BeFalse("shard 7 has not begun");
        (await TextAsync("a")).Should().Be("old");

        await CommitAsync(Two, 7, 0, 1);
        (await Store.ActivateAsync(Two, None)).Should().BeTrue("it is ahead in shard 0 and level in shard 7");
    }

    [Fact]
    public async Task A_version_that_was_replaced_is_superseded_and_cannot_commit()
    {
        await Store.RegisterAsync(One, None);
        await Store.RegisterAsync(Two, None);
        (await Store.ActivateAsync(Two, None)).Should().BeTrue();

        (await CommitAsync(One, 0, 0, 1, Put("a", "late"))).Should().BeFalse();
        (await Store.RegisterAsync(One, None)).Should().Be(ProjectionStanding.Superseded);
        (await CommitAsync(One, 0, 0, 1, Put("a", "late"))).Should().BeFalse();
        (await Store.RegisterAsync(Two, None)).Should().Be(ProjectionStanding.Active);
        (await TextAsync("a")).Should().BeNull();
    }

    [Fact]
    public async Task Other_names_are_other_read_models()
    {
        var jobs = new ProjectionId("jobs", 1);
        await Store.RegisterAsync(One, None);
        await Store.RegisterAsync(jobs, None);
        await CommitAsync(One, 0, 0, 1, Put("a", "machine"));
        await CommitAsync(jobs, 1, 0, 4, Put("a", "job"));
        await Store.RegisterAsync(Two, None);
        await CommitAsync(Two, 0, 0, 1, Put("a", "new machine"));
        (await Store.ActivateAsync(Two, None)).Should().BeTrue();

        Encoding.UTF8.GetString((await Store.FindAsync(jobs.Name, "a", None))!).Should().Be("job");
        (await Store.ReadActiveOffsetsAsync(jobs.Name, None)).Keys.Should().Equal(1);
    }
}
