using System.Runtime.CompilerServices;

// The crash tests stop the store between two single steps, which no public call can reach.
[assembly: InternalsVisibleTo("Orchestrator.Replication.Tests")]
