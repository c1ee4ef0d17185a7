namespace Orchestrator.Journal.Sql.Schema;

/// <summary>One step of the schema, forward only: there is no way back, because an older product refuses the newer schema.</summary>
/// <param name="Version">From 1, consecutive.</param>
/// <param name="Sql">The statements, run in the same transaction as the note that they ran.</param>
internal sealed record Migration(int Version, string Sql);
