using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Orchestrator.Actors.Tests")]
