using System.Reflection;
using Orchestrator.Actors.Persistence;

namespace Orchestrator.Journal.Sql.Tests.Contract;

/// <summary>The double without a defect passes, so that a failure with one is the defect's.</summary>
public sealed class InMemoryJournal_contract : JournalContract
{
    private readonly InMemoryJournal.Store _store = new(Shards);

    protected override ValueTask<IJournal> OpenAsync(int shardCount) => ValueTask.FromResult<IJournal>(new InMemoryJournal(_store));
}

public sealed class JournalContract_itself
{
    public static TheoryData<Defect> Defects => [.. Enum.GetValues<Defect>().Except([Defect.None])];

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task Fails_a_journal_with_a_planted_defect(Defect defect) => (await FailuresAsync(defect)).Should().NotBeEmpty();

    [Theory]
    [InlineData(Defect.IgnoresTheEpoch, nameof(JournalContract.An_earlier_owner_is_fenced_and_writes_nothing))]
    [InlineData(Defect.IgnoresTheHead, nameof(JournalContract.The_same_append_sent_twice_is_stored_once))]
    [InlineData(Defect.FencesTheWholeCall, nameof(JournalContract.A_fenced_shard_is_left_out_whole_and_the_others_are_stored_whole))]
    [InlineData(Defect.ForgetsWhenReopened, nameof(JournalContract.Everything_is_there_after_reopening))]
    [InlineData(Defect.ShowsHalfAppends, nameof(JournalContract.Readers_beside_the_writer_see_whole_appends_in_order))]
    [InlineData(Defect.AppliesRemindersOfAFencedShard, nameof(JournalContract.Reminders_of_a_fenced_append_stay_as_they_were))]
    [InlineData(Defect.KeepsOneSnapshot, nameof(JournalContract.The_newest_two_snapshots_are_kept))]
    public async Task Fails_by_the_check_made_for_the_defect(Defect defect, string check) =>
        (await FailuresAsync(defect)).Should().Contain(check);

    [Fact]
    public async Task Passes_the_journal_without_a_defect() => (await FailuresAsync(Defect.None)).Should().BeEmpty();

    private static async Task<IReadOnlyList<string>> FailuresAsync(Defect defect)
    {
        var failures = new List<string>();
        foreach (var check in typeof(JournalContract).GetMethods().Where(static m => m.GetCustomAttribute<FactAttribute>() is not null))
        {
            foreach (var arguments in ArgumentsOf(check))
            {
                if (!await PassesAsync(check, arguments, defect))
                {
                    failures.Add(check.Name);
                }
            }
        }

        return failures;
    }

    private static IEnumerable<object?[]> ArgumentsOf(MethodInfo check)
    {
        var inline = check.GetCustomAttributes<InlineDataAttribute>().Select(static a => a.Data).ToArray();
        return inline is [] ? [[]] : inline.Select(row => row.Select((value, i) =>
            Convert.ChangeType(value, check.GetParameters()[i].ParameterType, System.Globalization.CultureInfo.InvariantCulture)).ToArray());
    }

    private static async Task<bool> PassesAsync(MethodInfo check, object?[] arguments, Defect defect)
    {
        var subject = new Planted(defect);
        await subject.InitializeAsync();
        try
        {
            if (check.Invoke(subject, arguments) is Task running)
            {
                await running;
            }

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
    private sealed class Planted(Defect defect) : JournalContract
    {
        private readonly InMemoryJournal.Store _store = new(Shards);

        protected override ValueTask<IJournal> OpenAsync(int shardCount) =>
            ValueTask.FromResult<IJournal>(new InMemoryJournal(_store, defect));
    }
}
