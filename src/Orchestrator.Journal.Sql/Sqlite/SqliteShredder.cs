using Microsoft.Data.Sqlite;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Append;
using Orchestrator.Journal.Sql.Evidence;

namespace Orchestrator.Journal.Sql.Sqlite;

/// <summary>Removes payloads, on the writer's thread.</summary>
/// <remarks>
/// The trigger that keeps the journal append-only lets exactly this through: a payload set to NULL where a note covers it. The place it
/// took is overwritten with zeros (secure_delete); the log, which still holds the page as it was, is emptied as far as readers allow, and
/// is overwritten in use otherwise. Snapshots, read models, backups and exports keep what they hold.
/// </remarks>
internal sealed class SqliteShredder(SqliteSession session, TimeProvider clock)
{
    public ShreddingNote Shred(ShreddingRequest request)
    {
        AppendCheck.CheckId(request.Id);
        try
        {
            session.Execute("PRAGMA secure_delete = ON");
            var note = session.InTransaction(() => Write(request));
            session.Execute("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)"); // Says so when busy, and does not fail.
            return note;
        }
        catch (SqliteException error)
        {
            throw SqliteErrors.Map(error, session.Path, committing: false);
        }
        finally
        {
            session.Execute("PRAGMA secure_delete = FAST; PRAGMA busy_timeout = 5000");
        }
    }

    private ShreddingNote Write(ShreddingRequest request)
    {
        var entity = RequireEvents(request);
        if (!request.Force)
        {
            RequireSnapshot(request, entity);
        }

        var note = new ShreddingNote(session.Scalar("SELECT max(n) FROM shredding") + 1, request.Id, request.First, request.Last,
            clock.GetUtcNow(), request.Caller, request.Reason);
        session.Prepare("INSERT INTO shredding(n, entity, first_seq, last_seq, at, caller, reason) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .Set(1, note.Number).Set(2, entity).Set(3, note.First).Set(4, note.Last).Set(5, note.At.UtcTicks)
            .Set(6, note.Caller).Set(7, note.Reason).Run();
        session.Prepare("UPDATE journal SET payload = NULL WHERE entity = ?1 AND seq BETWEEN ?2 AND ?3 AND payload IS NOT NULL")
            .Set(1, entity).Set(2, note.First).Set(3, note.Last).Run();
        return note;
    }

    private long RequireEvents(ShreddingRequest request)
    {
        var select = session.Prepare("""
            SELECT e.id, count(*), sum(j.payload IS NOT NULL) FROM entity e JOIN journal j ON j.entity = e.id
            WHERE e.kind = ?1 AND e.name = ?2 AND j.seq BETWEEN ?3 AND ?4
            """).Set(1, request.Id.Kind).Set(2, request.Id.Name).Set(3, request.First).Set(4, request.Last);
        select.Step();
        var (entity, events, payloads) = (select.Int64(0), select.Int64(1), select.Int64(2));
        select.Reset();
        if (request.First < 1 || events == 0 || events != request.Last - request.First + 1)
        {
            throw Refuse(EvidenceErrorCodes.NothingToShred,
                $"{request.Id} does not have the events {request.First} to {request.Last}. Nothing was shredded; look with 'journal show'.");
        }

        return payloads > 0 ? entity : throw Refuse(EvidenceErrorCodes.NothingToShred,
            $"The payloads of the events {request.First} to {request.Last} of {request.Id} are gone already.");
    }

    private void RequireSnapshot(ShreddingRequest request, long entity)
    {
        var select = session.Prepare("SELECT coalesce(max(seq), 0) FROM snapshot WHERE entity = ?1").Set(1, entity);
        select.Step();
        var newest = select.Int64(0);
        select.Reset();
        if (newest < request.Last)
        {
            throw Refuse(EvidenceErrorCodes.ShreddingNotCovered,
                $"{request.Id} could not be recovered without its events {request.First} to {request.Last}: "
                + (newest == 0 ? "it has no snapshot. " : $"its newest snapshot is of event {newest}. ")
                + "Nothing was shredded. Shred up to the snapshot, or force it and lose the entity.");
        }
    }

    private static JournalException Refuse(string code, string message) => new(code, message, isTransient: false, outcomeUnknown: false);
}
