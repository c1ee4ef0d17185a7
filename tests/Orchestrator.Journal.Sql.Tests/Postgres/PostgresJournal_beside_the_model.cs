using Orchestrator.Journal.Sql.Postgres;
using Orchestrator.Journal.Sql.Tests.Contract;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Journal.Sql.Tests.Postgres;

public sealed class PostgresJournal_beside_the_model
{
    [Fact]
    public void Answers_as_the_model_does() => JournalBesideTheModel.Check(works: 25, static async run =>
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await run(
            async () => await database.OpenJournalAsync(JournalBesideTheModel.Shards),
            async () => await PostgresJournalImage.OpenAsync(PostgresJournals.Options(database.ConnectionString)));
    });
}
