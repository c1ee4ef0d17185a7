using Orchestrator.Journal.Sql.Sqlite;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Tests;

public sealed class SqliteJournal_beside_the_model
{
    [Fact]
    public void Answers_as_the_model_does() => JournalBesideTheModel.Check(works: 40, static async run =>
    {
        using var directory = new JournalDirectory();
        await run(
            async () => await directory.OpenAsync(JournalBesideTheModel.Shards),
            () => Task.FromResult<IJournalImage>(SqliteJournalImage.Open(directory.Database)));
    });
}
