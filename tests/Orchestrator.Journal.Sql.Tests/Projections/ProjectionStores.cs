using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Projections;
using Orchestrator.Journal.Sql.Projections;

namespace Orchestrator.Journal.Sql.Tests.Projections;

public sealed class MemoryProjectionStore_contract : ProjectionStoreContract
{
    protected override ValueTask<IProjectionStore> OpenAsync() => ValueTask.FromResult<IProjectionStore>(new MemoryProjectionStore());
}

public sealed class SqliteProjectionStore_contract : ProjectionStoreContract
{
    private readonly JournalDirectory _directory = new();

    protected override async ValueTask<IProjectionStore> OpenAsync() =>
        await SqliteProjectionStore.OpenAsync(Path.Combine(_directory.Root, "projections.db"));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Everything_is_there_after_reopening()
    {
        await Store.RegisterAsync(One, None);
        await CommitAsync(One, 0, 0, 1, Put("a", "1"));
        await Store.RegisterAsync(Two, None);
        await Store.DisposeAsync();

        await using var again = await OpenAsync();
        (await again.FindAsync(One.Name, "a", None)).Should().NotBeNull();
        (await again.ReadOffsetsAsync(One, None))[0].Should().BeEquivalentTo(Offset(1));
        (await again.RegisterAsync(Two, None)).Should().Be(ProjectionStanding.Building);
    }

    [Theory]
    [InlineData("PRAGMA user_version = 2")]
    [InlineData("PRAGMA application_id = 7")]
    public async Task A_file_of_something_else_is_refused_and_may_be_deleted(string sql)
    {
        await Store.DisposeAsync();
        var path = Path.Combine(_directory.Root, "projections.db");
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are those above.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }

        var opening = () => SqliteProjectionStore.OpenAsync(path);
        var error = (await opening.Should().ThrowAsync<JournalException>()).Which;
        error.Code.Should().Be(JournalErrorCodes.NotAReadModel);
        error.Message.Should().Contain("Delete it");
        File.Delete(path);
        await (await OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task A_damaged_file_is_named_and_may_be_deleted()
    {
        await Store.DisposeAsync();
        var path = Path.Combine(_directory.Root, "projections.db");
        await File.WriteAllBytesAsync(path, [.. Enumerable.Repeat((byte)'x', 8192)], None);

        var opening = () => SqliteProjectionStore.OpenAsync(path);
        (await opening.Should().ThrowAsync<JournalException>()).WithMessage("*Delete the file*");
    }
}
