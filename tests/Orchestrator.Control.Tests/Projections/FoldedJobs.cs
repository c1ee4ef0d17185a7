using System.Text;
using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Control.Projections;
using Event = Orchestrator.Domain.Machines.ProtectedMachine.Event;

namespace Orchestrator.Control.Tests.Projections;

/// <summary>The jobs of one machine, read out of the rows of <see cref="JobsProjection"/>.</summary>
internal sealed class FoldedJobs(string machine)
{
    private readonly Rows _rows = new(new JobsProjection(Rows.Events));

    public Rows Rows => _rows;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<JobView> Jobs => [.. _rows.Below($"job/{machine}/").Select(Of).Reverse()];

    public JobView? Current => Jobs is [{ EndedAt: null } open, ..] ? open : null;

    public void Apply(long sequence, Event e) => _rows.Apply(machine, sequence, e);

    public JobView? Find(Guid operation) =>
        _rows.All.GetValueOrDefault($"op/{operation:N}/{machine}") is { } key ? Of(_rows.All[Encoding.UTF8.GetString(key)]) : null;

    private static JobView Of(byte[] row) => JsonSerializer.Deserialize<JobView>(row, Wire.Json)!;
}
