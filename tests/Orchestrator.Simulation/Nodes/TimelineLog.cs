using Microsoft.Extensions.Logging;
using Orchestrator.TestKit.Simulation;

namespace Orchestrator.Simulation.Nodes;

/// <summary>Writes what a node logs as a warning or worse into the timeline.</summary>
internal sealed class TimelineLog(Timeline timeline, string node, Action<string> onLine) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;

        var line = formatter(state, exception);
        // Stack traces differ between builds: the first line says what happened.
        var end = line.IndexOf('\n', StringComparison.Ordinal);
        line = end < 0 ? line : line[..end].TrimEnd('\r');
        timeline.Add(node, exception is null ? line : $"{line} ({exception.GetType().Name})");
        onLine(line);
    }
}
