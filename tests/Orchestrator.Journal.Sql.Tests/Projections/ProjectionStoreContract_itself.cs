using System.Reflection;
using Orchestrator.Actors.Projections;

namespace Orchestrator.Journal.Sql.Tests.Projections;

/// <summary>The contract fails a store with a planted defect, by the check made for it.</summary>
public sealed class ProjectionStoreContract_itself
{
    [Theory]
    [InlineData(StoreDefect.IgnoresTheOffset, nameof(ProjectionStoreContract.An_offset_that_has_moved_refuses_the_commit_whole))]
    [InlineData(StoreDefect.IgnoresTheOffset, nameof(ProjectionStoreContract.The_same_commit_sent_twice_counts_once))]
    [InlineData(StoreDefect.ForgetsTheOffset, nameof(ProjectionStoreContract.Rows_and_offset_of_a_commit_are_there_together))]
    [InlineData(StoreDefect.RefusesTheWholeCall, nameof(ProjectionStoreContract.Shards_of_one_call_are_stored_each_for_itself_in_order))]
    [InlineData(StoreDefect.ReversesChanges, nameof(ProjectionStoreContract.Changes_are_applied_in_their_order))]
    [InlineData(StoreDefect.ShowsEachRowByItself, nameof(ProjectionStoreContract.Readers_beside_the_writer_see_whole_commits))]
    [InlineData(StoreDefect.LosesDeadLetters, nameof(ProjectionStoreContract.Dead_letters_are_kept_in_order))]
    [InlineData(StoreDefect.ActivatesAlways, nameof(ProjectionStoreContract.A_version_that_is_behind_in_any_shard_is_not_activated))]
    [InlineData(StoreDefect.ShowsTheNewestVersion, nameof(ProjectionStoreContract.A_new_version_is_built_beside_the_old_one_and_readers_see_the_old_one_until_the_swap))]
    [InlineData(StoreDefect.ForgetsTheShardOfARow, nameof(ProjectionStoreContract.A_row_of_another_shard_is_refused_and_nothing_of_the_call_is_stored))]
    [InlineData(StoreDefect.ResetsNothing, nameof(ProjectionStoreContract.A_shard_that_is_reset_begins_anew_and_the_others_stay))]
    [InlineData(StoreDefect.IgnoresTheOrder, nameof(ProjectionStoreContract.Rows_come_by_prefix_and_page_both_ways))]
    public async Task Fails_by_the_check_made_for_the_defect(StoreDefect defect, string check) => (await FailuresAsync(defect)).Should().Contain(check);

    [Fact]
    public async Task Passes_the_store_without_a_defect() => (await FailuresAsync(StoreDefect.None)).Should().BeEmpty();

    private static async Task<IReadOnlyList<string>> FailuresAsync(StoreDefect defect)
    {
        var failures = new List<string>();
        foreach (var check in typeof(ProjectionStoreContract).GetMethods().Where(static m => m.GetCustomAttribute<FactAttribute>() is not null))
        {
            var inline = check.GetCustomAttributes<InlineDataAttribute>().Select(static a => a.Data).ToArray();
            foreach (var row in inline is [] ? [[]] : inline)
            {
                var arguments = row.Select((value, i) => Convert.ChangeType(
                    value, check.GetParameters()[i].ParameterType, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
                if (!await PassesAsync(check, arguments, defect))
                {
                    failures.Add(check.Name);
                }
            }
        }

        return failures;
    }

    private static async Task<bool> PassesAsync(MethodInfo check, object?[] arguments, StoreDefect defect)
    {
        var subject = new Planted(defect);
        await subject.InitializeAsync();
        try
        {
            await (Task)check.Invoke(subject, arguments)!;
            return true;
        }
        catch (Exception)
        {
            return false;
        }
        finally
        {
            await subject.DisposeAsync();
        }
    }

    /// <summary>Not public, so that the runner does not take it for a test.</summary>
    private sealed class Planted(StoreDefect defect) : ProjectionStoreContract
    {
        protected override ValueTask<IProjectionStore> OpenAsync() => ValueTask.FromResult<IProjectionStore>(new DefectiveStore(defect));
    }
}
