namespace Orchestrator.Replication.Nbd;

/// <summary>The exports of a server at this moment.</summary>
internal interface IReadOnlyNbdExports
{
    /// <summary>The export of that name, or null.</summary>
    NbdExport? Find(string name);

    /// <summary>All of them, by name.</summary>
    IReadOnlyList<NbdExport> All();
}
